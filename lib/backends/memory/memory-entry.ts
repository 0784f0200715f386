import type { EpochMs } from '../../core/clock.js';
import { sizeClassOf } from './block-pool.js';
import type { DecodedValue, StoredEntry } from '../cache-backend.js';

/**
 * What an entry costs beside its key and payload, in bytes, about: this object, its place in the map and in the queue, the
 * Buffer and the memory block behind it. Measured with 1 kB entries.
 */
const ENTRY_OVERHEAD = 600;

/** Returns what an entry takes, in bytes, about. */
export function costOf(key: string, payloadLength: number): number {
  return ENTRY_OVERHEAD + 2 * key.length + sizeClassOf(payloadLength);
}

/** An entry in memory, with the links that the eviction policy and the expiry queue keep in it. */
export class MemoryEntry implements StoredEntry {
  decoded: DecodedValue | undefined = undefined;
  /** Somebody was given this entry, and may still look at its payload: the block behind it is not used again. */
  isSeen = false;
  /** Its place in the expiry queue; -1 when it is not there. */
  queueIndex = -1;
  /** When it became the newest in the order of use; the eviction policy's count. */
  arrival = 0;
  newer: MemoryEntry | undefined = undefined;
  older: MemoryEntry | undefined = undefined;

  constructor(
    readonly key: string,
    readonly scope: string,
    readonly payload: Buffer,
    public expiresAt: EpochMs | null,
    /** What the entry counts against `maxBytes`. */
    public cost: number,
  ) {}
}
