import type { StoredEntry } from '../backends/cache-backend.js';
import { isTagged, type TagStamps, UnreadablePayloadError } from '../codec/frame.js';
import { isLease } from '../codec/lease.js';
import { stampsIn } from '../codec/tagged.js';
import { type Answer, isPending } from '../core/answer.js';
import type { BackendCalls } from './backend-calls.js';
import { areSame, type KnownStamps, type Tags } from './tags.js';

/** Entries by key, and the keys of those that an invalidation of their tags has killed. Leases are neither: no value, but not in the way of one. */
export interface Sifted {
  readonly live: Map<string, StoredEntry>;
  readonly dead: readonly string[];
}

type StampsByKey = ReadonlyMap<string, TagStamps>;

/** Tells live entries from those whose tags were invalidated. */
export class DeadEntries {
  constructor(
    private readonly calls: BackendCalls,
    private readonly tags: Tags,
  ) {}

  /** @param known the stamps that were read together with the entries; others are read now, in one round trip */
  sift(found: Map<string, StoredEntry>, known: KnownStamps): Answer<Sifted> {
    const tagged = this.#taggedOf(found);
    if (tagged.size === 0) return { live: found, dead: [] };
    const unknown = new Set<string>();
    for (const stamps of tagged.values()) {
      for (const tag of Object.keys(stamps)) if (tag !== NO_TAG && !known.has(tag)) unknown.add(tag);
    }
    if (unknown.size === 0) return divide(found, tagged, known);
    const others = this.tags.read(unknown);
    return isPending(others)
      ? others.then((read) => divide(found, tagged, new Map([...known, ...read])))
      : divide(found, tagged, new Map([...known, ...others]));
  }

  #taggedOf(found: ReadonlyMap<string, StoredEntry>): StampsByKey {
    const tagged = new Map<string, TagStamps>();
    for (const [key, { payload }] of found) {
      if (isTagged(payload)) tagged.set(key, this.#stampsIn(key, payload));
    }
    return tagged;
  }

  #stampsIn(key: string, payload: Buffer): TagStamps {
    try {
      return stampsIn(payload);
    } catch (error) {
      if (!(error instanceof UnreadablePayloadError)) throw error;
      this.calls.dropUnreadable(key, error);
      return UNREADABLE;
    }
  }
}

/** No tag has this name, so an entry under its stamp is dead. */
const NO_TAG = '';
const UNREADABLE: TagStamps = { [NO_TAG]: '' };

function divide(found: ReadonlyMap<string, StoredEntry>, tagged: StampsByKey, known: KnownStamps): Sifted {
  const live = new Map(found);
  const dead: string[] = [];
  for (const [key, stamps] of tagged) {
    if (areSame(stamps, known)) continue;
    live.delete(key);
    if (!isLease(found.get(key)!.payload)) dead.push(key);
  }
  return { live, dead };
}
