import type { StoredEntry } from '../backends/cache-backend.js';
import { isTagged } from '../codec/frame.js';
import { type Answer, isPending } from '../core/answer.js';
import type { BackendCalls } from './backend-calls.js';
import { DeadEntries, type Sifted } from './dead-entries.js';
import type { EntryReader } from './entry-reader.js';
import type { KnownStamps, Tags } from './tags.js';

/** Live entries by key, and the present stamps of tags that were asked for with them. */
export interface Looked {
  readonly entries: ReadonlyMap<string, StoredEntry>;
  readonly stamps: KnownStamps;
}

/** Whether a reader leaves dead entries where they are, or removes them since they would be in the way of new ones. */
export type Purpose = 'look' | 'fill';

const NOTHING_KNOWN: KnownStamps = new Map();

/** The entries of a store but for those that an invalidation of their tags has killed. */
export class LiveEntries {
  readonly #deadEntries: DeadEntries;

  constructor(
    private readonly calls: BackendCalls,
    private readonly reader: EntryReader,
    private readonly tags: Tags,
  ) {
    this.#deadEntries = new DeadEntries(calls, tags);
  }

  /** Neither async nor with a closure: a hit in memory passes here. */
  read(key: string, purpose: Purpose): Answer<StoredEntry | undefined> {
    const answer = this.reader.read(key);
    if (isPending(answer)) return this.#readLater(key, answer, purpose);
    return answer !== undefined && isTagged(answer.payload) ? this.#unlessDead(key, answer, purpose) : answer;
  }

  async #readLater(
    key: string,
    answer: Promise<StoredEntry | undefined>,
    purpose: Purpose,
  ): Promise<StoredEntry | undefined> {
    const entry = await answer;
    return entry && isTagged(entry.payload) ? this.#unlessDead(key, entry, purpose) : entry;
  }

  #unlessDead(key: string, entry: StoredEntry, purpose: Purpose): Answer<StoredEntry | undefined> {
    const sifted = this.#deadEntries.sift(new Map([[key, entry]]), NOTHING_KNOWN);
    return isPending(sifted)
      ? sifted.then((later) => this.#liveOf(later, purpose).get(key))
      : this.#liveOf(sifted, purpose).get(key);
  }

  /** One round trip, where the backend can, if the entries have no tags but these. */
  look(keys: readonly string[], tags: readonly string[], purpose: Purpose): Answer<Looked> {
    this.calls.assertOpen();
    const found = this.reader.readMany([...keys, ...tags.map((tag) => this.tags.keyOf(tag))]);
    return isPending(found)
      ? found.then((entries) => this.#sift(entries, tags, purpose))
      : this.#sift(found, tags, purpose);
  }

  #sift(found: Map<string, StoredEntry>, tags: readonly string[], purpose: Purpose): Answer<Looked> {
    const stamps = this.tags.known(tags, found);
    const sifted = this.#deadEntries.sift(found, stamps);
    return isPending(sifted)
      ? sifted.then((later) => ({ entries: this.#liveOf(later, purpose), stamps }))
      : { entries: this.#liveOf(sifted, purpose), stamps };
  }

  #liveOf({ live, dead }: Sifted, purpose: Purpose): Map<string, StoredEntry> {
    if (purpose === 'fill') for (const key of dead) this.calls.drop(key);
    return live;
  }
}
