import type {
  BackendCapabilities,
  BackendContext,
  CacheBackend,
  Clock,
  StoredEntry,
} from '../../lib/index.js';

interface KeptEntry extends StoredEntry {
  readonly scope: string;
}

/** What a user writes who writes no more than the contract asks for: every answer a promise, no optional method. */
export class SmallestBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities = {
    isShared: true,
    isPersistent: true,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: false,
    limitsEntries: false,
    maxKeyBytes: null,
  };
  /** Stores by location, as servers would be. */
  static readonly stores = new Map<string, Map<string, KeptEntry>>();
  readonly #entries: Map<string, KeptEntry>;
  readonly #scope: string;
  readonly #clock: Clock;

  constructor({ clock, location = '', scope }: BackendContext) {
    const entries = SmallestBackend.stores.get(location) ?? new Map<string, KeptEntry>();
    SmallestBackend.stores.set(location, entries);
    this.#entries = entries;
    this.#scope = scope;
    this.#clock = clock;
  }

  async read(key: string): Promise<StoredEntry | undefined> {
    return this.#live(key);
  }

  async write(key: string, payload: Buffer, expiresAt: number | null): Promise<void> {
    this.#entries.set(key, { payload: Buffer.from(payload), expiresAt, scope: this.#scope });
  }

  async insert(key: string, payload: Buffer, expiresAt: number | null): Promise<boolean> {
    if (this.#live(key)) return false;
    this.#entries.set(key, { payload: Buffer.from(payload), expiresAt, scope: this.#scope });
    return true;
  }

  async touch(key: string, expiresAt: number | null): Promise<boolean> {
    const entry = this.#live(key);
    if (entry) this.#entries.set(key, { ...entry, expiresAt });
    return entry !== undefined;
  }

  async remove(key: string): Promise<boolean> {
    const wasLive = this.#live(key) !== undefined;
    this.#entries.delete(key);
    return wasLive;
  }

  async clear(): Promise<void> {
    for (const [key, { scope }] of this.#entries) if (scope === this.#scope) this.#entries.delete(key);
  }

  #live(key: string): KeptEntry | undefined {
    const entry = this.#entries.get(key);
    return entry && (entry.expiresAt ?? Number.POSITIVE_INFINITY) > this.#clock.now() ? entry : undefined;
  }
}
