import type { StoredEntry } from '../backends/cache-backend.js';
import { decompress } from '../codec/compression.js';
import { isDeflated } from '../codec/frame.js';
import { type Answer, isPending } from '../core/answer.js';
import { checkedEntry, withMended } from './backend-answers.js';
import type { BackendCalls } from './backend-calls.js';

/** Entries as the store has them, checked and decompressed, whatever has become of their tags. */
export class EntryReader {
  constructor(private readonly calls: BackendCalls) {}

  /** Neither async nor with a closure: a hit in memory passes here. */
  read(key: string): Answer<StoredEntry | undefined> {
    this.calls.assertOpen();
    let answer: Answer<StoredEntry | undefined>;
    try {
      answer = this.calls.backend.read(key);
    } catch (error) {
      throw this.calls.failure('read', key, error);
    }
    if (isPending(answer)) return this.#readLater(key, answer);
    // Decoded before, so it was checked before.
    if (answer?.decoded !== undefined) return answer;
    return this.#opened(key, this.#checked('read', key, answer));
  }

  async #readLater(key: string, answer: Promise<StoredEntry | undefined>): Promise<StoredEntry | undefined> {
    let entry: StoredEntry | undefined;
    try {
      entry = this.#checked('read', key, await answer);
    } catch (error) {
      throw this.calls.failure('read', key, error);
    }
    return this.#opened(key, entry);
  }

  /** Returns the present ones of these entries by key, in one round trip where the backend can. */
  readMany(keys: readonly string[]): Answer<Map<string, StoredEntry>> {
    if (keys.length === 0) return new Map();
    const { readMany } = this.calls.backend;
    if (!readMany) return this.#readEach(keys);
    const given = this.calls.onAll('readMany', () => readMany.call(this.calls.backend, keys));
    return isPending(given) ? given.then((entries) => this.#mend(entries)) : this.#mend(given);
  }

  #mend(given: Map<string, StoredEntry>): Answer<Map<string, StoredEntry>> {
    const mended = new Map<string, StoredEntry | undefined>();
    const pending: Promise<unknown>[] = [];
    for (const [key, answer] of given) {
      const entry = this.#opened(key, this.#checked('readMany', key, answer));
      if (isPending(entry)) pending.push(entry.then((opened) => mended.set(key, opened)));
      else if (entry !== answer) mended.set(key, entry);
    }
    if (pending.length > 0) return Promise.all(pending).then(() => withMended(given, mended));
    return mended.size === 0 ? given : withMended(given, mended);
  }

  #readEach(keys: readonly string[]): Answer<Map<string, StoredEntry>> {
    const found = new Map<string, StoredEntry>();
    const keep = (key: string, entry: StoredEntry | undefined): void => {
      if (entry) found.set(key, entry);
    };
    const pending: Promise<void>[] = [];
    try {
      for (const key of keys) {
        const answer = this.read(key);
        if (isPending(answer)) pending.push(answer.then((entry) => keep(key, entry)));
        else keep(key, answer);
      }
    } catch (error) {
      // The others may fail, too, with nobody to hear of it.
      if (pending.length > 0) return Promise.allSettled(pending).then(() => Promise.reject(error as Error));
      throw error;
    }
    return pending.length > 0 ? Promise.all(pending).then(() => found) : found;
  }

  #opened(key: string, entry: StoredEntry | undefined): Answer<StoredEntry | undefined> {
    return entry && isDeflated(entry.payload) ? this.#inflate(key, entry) : entry;
  }

  async #inflate(key: string, { expiresAt, payload }: StoredEntry): Promise<StoredEntry | undefined> {
    try {
      return { payload: await decompress(payload), expiresAt };
    } catch (error) {
      this.calls.dropUnreadable(key, error);
      return undefined;
    }
  }

  #checked(
    operation: string,
    key: string | undefined,
    given: StoredEntry | null | undefined,
  ): StoredEntry | undefined {
    try {
      return checkedEntry(given, this.calls.backend.expiry !== undefined);
    } catch (error) {
      throw this.calls.failure(operation, key, error);
    }
  }
}
