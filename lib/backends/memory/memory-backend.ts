import { addToInteger, encodeInteger } from '../../codec/integer.js';
import type { EpochMs } from '../../core/clock.js';
import { ValueTooLargeError } from '../../core/errors.js';
import type {
  BackendCapabilities,
  BackendContext,
  CacheBackend,
  DecodedValue,
  StoredEntry,
} from '../cache-backend.js';
import { sharedStore } from '../shared-store.js';
import type { MemoryEntry } from './memory-entry.js';
import { type MemoryLimits, MemoryStore } from './memory-store.js';

/** The memory of this process, behind the backend contract. Answers at once. */
export class MemoryBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities = {
    isShared: false,
    isPersistent: false,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: true,
    limitsEntries: true,
    maxKeyBytes: null,
  };
  readonly #store: MemoryStore;
  readonly #scope: string;

  constructor(context: BackendContext, limits: MemoryLimits) {
    this.#scope = context.scope;
    const name = `the memory store "${context.location ?? context.alias}"`;
    this.#store = sharedStore(context, name, { ...limits }, () => new MemoryStore(limits, context.clock));
  }

  read(key: string): StoredEntry | undefined {
    return this.#store.read(key);
  }

  write(key: string, payload: Buffer, expiresAt: EpochMs | null): void {
    if (this.#store.put(key, this.#scope, payload, expiresAt)) return;
    throw new ValueTooLargeError(key, payload.length, this.#store.limits.maxBytes, 'maxBytes');
  }

  insert(key: string, payload: Buffer, expiresAt: EpochMs | null): boolean {
    if (this.#store.find(key)) return false;
    this.write(key, payload, expiresAt);
    return true;
  }

  touch(key: string, expiresAt: EpochMs | null): boolean {
    const entry = this.#store.find(key);
    if (entry) this.#store.extend(entry, expiresAt);
    return entry !== undefined;
  }

  remove(key: string): boolean {
    return this.#store.remove(key);
  }

  clear(): void {
    this.#store.removeScope(this.#scope);
  }

  replace(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): boolean {
    if (!this.#store.find(key)?.payload.equals(expected)) return false;
    this.write(key, payload, expiresAt);
    return true;
  }

  increment(key: string, delta: number): number | undefined {
    const entry = this.#store.read(key);
    if (!entry) return undefined;
    const sum = addToInteger(key, entry.payload, delta);
    this.write(key, encodeInteger(sum), entry.expiresAt);
    return sum;
  }

  keepDecoded(entry: StoredEntry, decoded: DecodedValue, cost: number): void {
    this.#store.keepDecoded(entry as MemoryEntry, decoded, cost);
  }

  recall(entry: StoredEntry): boolean {
    return this.#store.recall(entry as MemoryEntry);
  }
}
