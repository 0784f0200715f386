import { hash } from 'node:crypto';
import type { StoredEntry } from '../backends/cache-backend.js';
import { type TagStamps, UnreadablePayloadError } from '../codec/frame.js';
import { endOfStamp, newStamp, stampText } from '../codec/tagged.js';
import { type Answer, isPending } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';
import { CacheBackendError } from '../core/errors.js';
import type { BackendCalls } from './backend-calls.js';
import type { EntryReader } from './entry-reader.js';
import type { EntryWriter } from './entry-writer.js';

/** The stamps of the tags that were looked for; undefined where a tag has none. */
export type KnownStamps = ReadonlyMap<string, string | undefined>;

/** Stands for the stamps that could not be captured: what is computed under it is not kept. No tag has this name, so it would be dead in any case. */
export const UNKEPT: TagStamps = Object.freeze({ '': '' });

/** How often a stamp that is invalidated while it is being captured is captured again. */
const ATTEMPTS = 3;
/** Keys remembered, since a hash takes longer than a hit in memory; and stamps that are known to last. */
const REMEMBERED_TAGS = 10_000;
/**
 * For how long a new stamp lasts, in milliseconds, unless an entry lives longer. Tags can come from what visitors ask for, such as the path of a
 * page, and asking must not fill the store for ever.
 */
const STAMP_MS = 24 * 3_600_000;
/** To lose less than this to a stamp that ends costs a miss. */
const SHORT_MS = 3_600_000;

/** What tags are made of. */
export interface TagParts {
  readonly calls: BackendCalls;
  readonly reader: EntryReader;
  readonly writer: EntryWriter;
  /** Returns the final key of a key of the library's own. */
  finalKeyOf(key: string): string;
  readonly clock: Clock;
  /** Others see what is done only when a transaction of the application is committed. */
  readonly isTransaction: boolean;
}

/**
 * The tags of one cache. A tag has a random stamp in the store, and an entry the stamps it was computed under; where they differ the
 * entry is dead. To invalidate a tag is to remove its stamp, however many entries there are. A stamp that is lost, for
 * whatever reason, can only cost misses: the next one is a new one.
 */
export class Tags {
  readonly #names = new Map<string, string>();
  readonly #lasting = new Set<string>();

  constructor(private readonly parts: TagParts) {}

  /** Returns the final key of a tag's stamp. */
  keyOf(tag: string): string {
    let name = this.#names.get(tag);
    if (name === undefined) {
      // A hash: the names of tags are longer, and of other letters, than keys may be.
      name = `tag:${hash('sha256', tag, 'base64url')}`;
      if (this.#names.size >= REMEMBERED_TAGS) this.#names.clear();
      this.#names.set(tag, name);
    }
    return this.parts.finalKeyOf(name);
  }

  /** Returns the present stamps of tags, in one round trip. */
  read(tags: Iterable<string>): Answer<KnownStamps> {
    const names = [...tags];
    const found = this.parts.reader.readMany(names.map((tag) => this.keyOf(tag)));
    return isPending(found) ? found.then((entries) => this.known(names, entries)) : this.known(names, found);
  }

  /** Returns the stamps of tags that were read together with other entries. */
  known(tags: readonly string[], found: ReadonlyMap<string, StoredEntry>): KnownStamps {
    return new Map(tags.map((tag) => [tag, this.#stampAt(this.keyOf(tag), found)]));
  }

  /**
   * Returns the stamps of tags for what is about to be computed; those that a tag lacks are made. What was known of them before
   * is as good, since an older stamp can only be dead sooner. `UNKEPT` if the store keeps none.
   */
  async capture(tags: readonly string[], known?: KnownStamps): Promise<TagStamps> {
    const stamps = known ?? (await this.read(tags));
    const captured = await Promise.all(
      // In one order, or two transactions could wait for each other.
      tags.toSorted().map(async (tag) => [tag, stamps.get(tag) ?? (await this.#create(tag))] as const),
    );
    const isComplete = captured.every(([, stamp]) => stamp !== undefined);
    return isComplete ? (Object.fromEntries(captured) as TagStamps) : UNKEPT;
  }

  /** Makes all entries of these tags dead. Rejects unless that is confirmed. */
  async invalidate(tags: readonly string[]): Promise<void> {
    const keys = tags.map((tag) => this.keyOf(tag)).toSorted();
    await this.parts.writer.removeMany(keys);
    // Until the commit others go on as before, and one of them may give the tag its first stamp: it has to wait, and finds this one.
    if (this.parts.isTransaction) for (const key of keys) await this.#replace(key);
  }

  /** Whether an entry that shall live until then may outlive its stamps by much: worth a look at which they are. */
  mayEndBefore(expiresAt: EpochMs | null): boolean {
    return expiresAt === null || expiresAt - this.parts.clock.now() > SHORT_MS;
  }

  /** Makes stamps last for as long as an entry under them; a stamp that ends before its entry would end it, too. */
  outlast(stamps: TagStamps, expiresAt: EpochMs | null): Answer<void> {
    const short = Object.entries(stamps).filter(
      ([, stamp]) => endOfStamp(stamp) < (expiresAt ?? Number.POSITIVE_INFINITY) && !this.#lasting.has(stamp),
    );
    return short.length === 0 ? undefined : this.#prolong(short);
  }

  /** For ever, since others may already have made it last for longer than this entry asks for. */
  async #prolong(stamps: readonly [tag: string, stamp: string][]): Promise<void> {
    if (this.#lasting.size >= REMEMBERED_TAGS) this.#lasting.clear();
    // At once, or the entries of a batch would all ask for it.
    for (const [, stamp] of stamps) this.#lasting.add(stamp);
    try {
      await Promise.all(stamps.map(async ([tag]) => this.parts.writer.touch(this.keyOf(tag), null)));
    } catch (error) {
      for (const [, stamp] of stamps) this.#lasting.delete(stamp);
      throw error;
    }
  }

  async #create(tag: string): Promise<string | undefined> {
    const key = this.keyOf(tag);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stamp = await this.#insert(key);
      if (stamp !== undefined) return stamp;
      const winner = await this.parts.reader.read(key);
      const present = winner && this.#stampAt(key, new Map([[key, winner]]));
      if (present !== undefined) return present;
    }
    return undefined;
  }

  async #replace(key: string): Promise<void> {
    if ((await this.#insert(key)) !== undefined) return;
    throw new CacheBackendError(
      `Cache "${this.parts.calls.alias}": the invalidation of tags within a transaction failed.`,
    );
  }

  async #insert(key: string): Promise<string | undefined> {
    const expiresAt = this.parts.clock.now() + STAMP_MS;
    const payload = newStamp(expiresAt);
    return (await this.parts.writer.insert({ key, payload, expiresAt })) ? stampText(payload) : undefined;
  }

  #stampAt(key: string, found: ReadonlyMap<string, StoredEntry>): string | undefined {
    const entry = found.get(key);
    const stamp = entry && stampText(entry.payload);
    if (entry && stamp === undefined) {
      this.parts.calls.dropUnreadable(key, new UnreadablePayloadError('not the stamp of a tag'));
    }
    return stamp;
  }
}

/** Tells whether stamps are still those of their tags. */
export function areSame(stamps: TagStamps, known: KnownStamps): boolean {
  for (const tag of Object.keys(stamps)) if (known.get(tag) !== stamps[tag]) return false;
  return true;
}
