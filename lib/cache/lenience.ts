import { type Answer, isPending } from '../core/answer.js';
import { CacheBackendError } from '../core/errors.js';
import type { Problems } from './problems.js';

/** What becomes of a failure of the store where the caller can do without an answer. */
export class Lenience {
  constructor(
    private readonly problems: Problems,
    private readonly rejectsFailures: boolean,
  ) {}

  /** Runs a reading; a failure of the store is told of, and the substitute taken. */
  orElse<T>(key: string | undefined, substitute: T, run: () => Answer<T>): Answer<T> {
    try {
      const answer = run();
      return isPending(answer)
        ? answer.catch((error: unknown) => this.#instead(key, substitute, error))
        : answer;
    } catch (error) {
      return this.#instead(key, substitute, error);
    }
  }

  /** As `orElse`, but a failure is the caller's on caches that are told so. */
  orCompute<T>(key: string | undefined, substitute: T, run: () => Answer<T>): Answer<T> {
    return this.rejectsFailures ? run() : this.orElse(key, substitute, run);
  }

  #instead<T>(key: string | undefined, substitute: T, error: unknown): T {
    if (!(error instanceof CacheBackendError)) throw error;
    this.problems.degraded(key, error);
    return substitute;
  }
}
