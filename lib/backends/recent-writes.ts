import type { Clock, EpochMs } from '../core/clock.js';

/** Keys remembered; more, and for a while all keys count as written. */
const MAX_KEYS = 10_000;

/** The keys that this process wrote a moment ago, which replicas may not have yet. */
export class RecentWrites {
  /** Key → until when it counts as written; in that order. */
  readonly #until = new Map<string, EpochMs>();
  #allUntil: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly windowMs: number,
    private readonly clock: Clock,
    private readonly maxKeys = MAX_KEYS,
  ) {}

  add(key: string): void {
    const now = this.clock.now();
    this.#until.delete(key);
    this.#until.set(key, now + this.windowMs);
    for (const [oldest, until] of this.#until) {
      if (until > now && this.#until.size <= this.maxKeys) break;
      this.#until.delete(oldest);
      this.#allUntil = Math.max(this.#allUntil, until);
    }
  }

  addAll(): void {
    this.#allUntil = this.clock.now() + this.windowMs;
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    return Math.max(until ?? this.#allUntil, this.#allUntil) > this.clock.now();
  }
}
