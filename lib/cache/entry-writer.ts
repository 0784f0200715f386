import type { CacheBackend, EntryToWrite } from '../backends/cache-backend.js';
import { compress } from '../codec/compression.js';
import { type Answer, isPending } from '../core/answer.js';
import type { EpochMs } from '../core/clock.js';
import type { BackendCalls } from './backend-calls.js';

/** Changes of entries: compression, and the batch forms for backends that have none. */
export class EntryWriter {
  /** @param compressAbove payloads above this many bytes are compressed; undefined for none */
  constructor(
    private readonly calls: BackendCalls,
    private readonly compressAbove: number | undefined,
  ) {}

  write({ key, payload, expiresAt }: EntryToWrite): Answer<void> {
    const shrunk = this.#shrink(payload);
    const writeBytes = (bytes: Buffer): Answer<void> =>
      this.calls.onKey('write', key, () => this.calls.backend.write(key, bytes, expiresAt));
    return isPending(shrunk) ? shrunk.then(writeBytes) : writeBytes(shrunk);
  }

  /** Writes several entries, in one round trip where the backend can; returns the keys that failed. */
  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    this.calls.assertOpen();
    if (entries.length === 0) return [];
    const { writeMany } = this.calls.backend;
    if (writeMany) return this.#writeTogether(entries, writeMany);
    return (await Promise.all(entries.map((entry) => this.#writeOne(entry)))).flat();
  }

  /** Writes an entry; a failure is told of, and returned as false. */
  async writeOrDrop(entry: EntryToWrite): Promise<boolean> {
    try {
      await this.write(entry);
      return true;
    } catch (error) {
      this.calls.problems.degraded(entry.key, error);
      return false;
    }
  }

  /** Stores an entry if there is none of its key, live or dead; returns whether it did. */
  async insert({ key, payload, expiresAt }: EntryToWrite): Promise<boolean> {
    const bytes = await this.#shrink(payload);
    return this.calls.onKey('insert', key, () => this.calls.backend.insert(key, bytes, expiresAt));
  }

  /** Stores an entry if the present one has exactly this payload, as the store holds it; returns whether it did. For backends that can. */
  async replace({ key, payload, expiresAt }: EntryToWrite, expected: Buffer): Promise<boolean> {
    const { backend } = this.calls;
    const bytes = await this.#shrink(payload);
    return this.calls.onKey('replace', key, () => backend.replace!(key, expected, bytes, expiresAt));
  }

  touch(key: string, expiresAt: EpochMs | null): Answer<boolean> {
    return this.calls.onKey('touch', key, () => this.calls.backend.touch(key, expiresAt));
  }

  async remove(key: string): Promise<boolean> {
    return this.calls.onKey('remove', key, () => this.calls.backend.remove(key));
  }

  /** Removes several entries, in one round trip where the backend can; returns how many there were. */
  async removeMany(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const { backend } = this.calls;
    const { removeMany } = backend;
    if (removeMany) return this.calls.onKeys('removeMany', keys, () => removeMany.call(backend, keys));
    const removed = await Promise.all(keys.map((key) => this.remove(key)));
    return removed.filter(Boolean).length;
  }

  async #writeOne(entry: EntryToWrite): Promise<string[]> {
    return (await this.writeOrDrop(entry)) ? [] : [entry.key];
  }

  async #writeTogether(
    entries: readonly EntryToWrite[],
    writeMany: NonNullable<CacheBackend['writeMany']>,
  ): Promise<string[]> {
    const shrunk = await Promise.all(
      entries.map(async (entry) => ({ ...entry, payload: await this.#shrink(entry.payload) })),
    );
    const keys = entries.map(({ key }) => key);
    return this.calls.onKeys('writeMany', keys, () => writeMany.call(this.calls.backend, shrunk));
  }

  #shrink(payload: Buffer): Answer<Buffer> {
    return this.compressAbove !== undefined && payload.length > this.compressAbove
      ? compress(payload)
      : payload;
  }
}
