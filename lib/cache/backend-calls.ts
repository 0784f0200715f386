import type { CacheBackend } from '../backends/cache-backend.js';
import { type Answer, isPending } from '../core/answer.js';
import { CacheClosedError, type CacheError } from '../core/errors.js';
import { failureOf } from './backend-answers.js';
import { Drops } from './drops.js';
import type { Problems } from './problems.js';

/** The operations of one backend: refused once the cache is closed, and with errors that say which cache and key. */
export class BackendCalls {
  readonly #drops = new Drops();
  #isClosed = false;

  constructor(
    readonly backend: CacheBackend,
    readonly alias: string,
    readonly problems: Problems,
  ) {}

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs an operation on one key. What it throws or rejects with says which cache and key. */
  onKey<T>(operation: string, key: string, run: () => Answer<T>): Answer<T> {
    const drop = this.#drops.of(key);
    return drop ? drop.then(() => this.onKey(operation, key, run)) : this.#run(operation, key, run);
  }

  /** As `onKey`, for an operation on several keys. */
  onKeys<T>(operation: string, keys: readonly string[], run: () => Answer<T>): Answer<T> {
    const drops = this.#drops.ofAny(keys);
    return drops ? drops.then(() => this.onKeys(operation, keys, run)) : this.onAll(operation, run);
  }

  /** As `onKey`, for an operation on the store as a whole, or one that nothing needs to wait for. */
  onAll<T>(operation: string, run: () => Answer<T>): Answer<T> {
    return this.#run(operation, undefined, run);
  }

  #run<T>(operation: string, key: string | undefined, run: () => Answer<T>): Answer<T> {
    this.assertOpen();
    try {
      const answer = run();
      if (!isPending(answer)) return answer;
      return answer.catch((error: unknown) => {
        throw this.failure(operation, key, error);
      });
    } catch (error) {
      throw this.failure(operation, key, error);
    }
  }

  /** Removes an entry that cannot be read, so that it costs one miss, and tells of it. */
  dropUnreadable(key: string, reason: unknown): void {
    this.problems.unreadable(key, reason);
    this.drop(key);
  }

  /** Removes an entry that nobody can use. What comes to its key later waits for that. */
  drop(key: string): void {
    this.#drops.begin(key, async () => {
      try {
        await this.onKey('remove', key, () => this.backend.remove(key));
      } catch (error) {
        this.problems.degraded(key, error);
      }
    });
  }

  /** Returns the removals under way among these keys; undefined if there is none. */
  dropsOf(keys: readonly string[]): Promise<unknown> | undefined {
    return this.#drops.ofAny(keys);
  }

  assertOpen(): void {
    if (this.#isClosed) throw new CacheClosedError(this.alias);
  }

  failure(operation: string, key: string | undefined, error: unknown): CacheError {
    return failureOf(this.alias, operation, key, error);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.backend.close?.();
  }
}
