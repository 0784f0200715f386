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

const NONE: readonly string[] = [];

type StampsByKey = ReadonlyMap<string, TagStamps>;

/** Tells live entries from those whose tags were invalidated. */
export class DeadEntries {
  /** Of payloads that the store hands out again and again. */
  readonly #read = new WeakMap<Buffer, TagStamps>();

  constructor(
    private readonly calls: BackendCalls,
    private readonly tags: Tags,
  ) {}

  /** @param known the stamps that were read together with the entries; others are read now, in one round trip */
  sift(found: Map<string, StoredEntry>, known: KnownStamps): Answer<Sifted> {
    let tagged: Map<string, TagStamps> | undefined;
    let unknown: Set<string> | undefined;
    for (const [key, { payload }] of found) {
      if (!isTagged(payload)) continue;
      const stamps = this.#stampsIn(key, payload);
      (tagged ??= new Map<string, TagStamps>()).set(key, stamps);
      for (const tag of Object.keys(stamps))
        if (tag !== NO_TAG && !known.has(tag)) (unknown ??= new Set<string>()).add(tag);
    }
    if (!tagged) return { live: found, dead: NONE };
    if (!unknown) return divide(found, tagged, known);
    const all = tagged;
    const others = this.tags.read(unknown);
    return isPending(others)
      ? others.then((read) => divide(found, all, new Map([...known, ...read])))
      : divide(found, all, new Map([...known, ...others]));
  }

  #stampsIn(key: string, payload: Buffer): TagStamps {
    const known = this.#read.get(payload);
    if (known) return known;
    try {
      const stamps = stampsIn(payload);
      if (this.calls.backend.keepDecoded) this.#read.set(payload, stamps);
      return stamps;
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

/** Copies nothing where nothing is dead, as at each hit. */
function divide(found: Map<string, StoredEntry>, tagged: StampsByKey, known: KnownStamps): Sifted {
  const absent = [...tagged.keys()].filter((key) => !areSame(tagged.get(key)!, known));
  if (absent.length === 0) return { live: found, dead: NONE };
  const live = new Map(found);
  for (const key of absent) live.delete(key);
  return { live, dead: absent.filter((key) => !isLease(found.get(key)!.payload)) };
}
