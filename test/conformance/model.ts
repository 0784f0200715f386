import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CacheService } from '../../lib/index.js';
import type { FakeClock } from '../support/fake-clock.js';
import type { Subject } from './describe-cache-backend.js';
import type { Bench } from './harness.js';

interface Entry {
  value: unknown;
  readonly endsAt: number;
  readonly tags: readonly string[];
}

/** What a cache is to its users, in the simplest form: values, the moments at which they end, and their tags. */
class Model {
  readonly #entries = new Map<string, Entry>();
  /** The keys of entries that went with a tag: they may lie in the store still, and count there as something to remove. */
  readonly #dead = new Set<string>();

  constructor(
    private readonly clock: FakeClock,
    private readonly countsBelowZero: boolean,
  ) {}

  get(key: string): unknown {
    const entry = this.#entries.get(key);
    return entry && entry.endsAt > this.clock.now() ? entry.value : undefined;
  }

  set(key: string, value: unknown, seconds: number | null, tags: readonly string[]): void {
    const endsAt = seconds === null ? Number.POSITIVE_INFINITY : this.clock.now() + seconds * 1000;
    this.#entries.set(key, { value, endsAt, tags });
    if (endsAt > this.clock.now()) this.#dead.delete(key);
  }

  /** Undefined where the store may say either. */
  touch(key: string, seconds: number | null): boolean | undefined {
    const value = this.get(key);
    if (this.#dead.has(key)) return undefined;
    if (value !== undefined) this.set(key, value, seconds, this.#entries.get(key)!.tags);
    return value !== undefined;
  }

  /** Undefined where the store may say either. */
  delete(key: string): boolean | undefined {
    const wasThere = this.get(key) !== undefined;
    this.#entries.delete(key);
    return this.#dead.delete(key) ? undefined : wasThere;
  }

  invalidate(tags: readonly string[]): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.tags.some((tag) => tags.includes(tag))) continue;
      this.#entries.delete(key);
      this.#dead.add(key);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#dead.clear();
  }

  increment(key: string, delta: number): number | undefined {
    const entry = this.#entries.get(key);
    const value = this.get(key);
    if (!entry || entry.tags.length > 0 || !Number.isSafeInteger(value) || Object.is(value, -0))
      return undefined;
    if (!this.countsBelowZero && (value as number) < 0) return undefined;
    const sum = this.countsBelowZero ? (value as number) + delta : Math.max(0, (value as number) + delta);
    if (!Number.isSafeInteger(sum)) return undefined;
    entry.value = sum;
    return sum;
  }
}

/** Thousands, one after the other, on a busy machine. */
const MANY_ROUND_TRIPS_MS = 60_000;

type Step = (cache: CacheService, model: Model, bench: Bench) => Promise<void>;

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.oneof(fc.integer(), fc.string(), fc.jsonValue());
/** Whole minutes: on a server the time goes on during the test, and what has not ended by the model is to be far from its end. */
const seconds = fc.oneof(
  fc.integer({ min: -2, max: 20 }).map((minutes) => minutes * 60),
  fc.constant(null),
);

/** Most entries have none. */
const tags = fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.subarray(['x', 'y', 'z']));

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(key, value, seconds, tags).map(([k, v, s, t]) => async (cache, model) => {
    await cache.set(k, v, { timeout: s, tags: t });
    model.set(k, v, s, t);
  }),
  fc.tuple(key, value, seconds, tags).map(([k, v, s, t]) => async (cache, model) => {
    const isAbsent = model.get(k) === undefined;
    expect(await cache.add(k, v, { timeout: s, tags: t })).toBe(isAbsent);
    if (isAbsent) model.set(k, v, s, t);
  }),
  fc.tuple(key, value, seconds, tags).map(([k, v, s, t]) => async (cache, model) => {
    const present = model.get(k);
    const answer = await cache.getOrSet(k, () => v, { timeout: s, tags: t });
    expect(answer).toEqual(present === undefined ? v : present);
    if (present === undefined) model.set(k, v, s, t);
  }),
  fc.subarray(['x', 'y', 'z']).map((names) => async (cache, model, bench) => {
    await cache.invalidateTags(names);
    await bench.settle();
    model.invalidate(names);
  }),
  fc.tuple(key, seconds).map(([k, s]) => async (cache, model) => {
    const answer = await cache.touch(k, s);
    expect(answer).toBe(model.touch(k, s) ?? answer);
  }),
  key.map((k) => async (cache, model) => {
    const answer = await cache.delete(k);
    expect(answer).toBe(model.delete(k) ?? answer);
  }),
  fc.tuple(key, fc.integer({ min: -1000, max: 1000 })).map(([k, delta]) => async (cache, model) => {
    const sum = model.increment(k, delta);
    if (sum === undefined) await expect(cache.incr(k, delta)).rejects.toThrow();
    else expect(await cache.incr(k, delta)).toBe(sum);
  }),
  fc.constant(async (cache, model) => {
    await cache.clear();
    model.clear();
  }),
  fc
    .integer({ min: 0, max: 15 })
    .map((minutes) => async (_cache, _model, bench) => bench.advance(minutes * 60)),
];

export function modelCases(subject: Subject): void {
  it(
    'behaves like a map of values, moments and tags, whatever is done in whatever order',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(...steps), { maxLength: 25 }), async (program) => {
          const { bench } = subject;
          const cache = bench.cache(subject.variant);
          const model = new Model(bench.clock, subject.harness.countsBelowZero ?? true);
          await cache.clear();
          for (const step of program) {
            await step(cache, model, bench);
            const expected = ['a', 'b', 'c'].map((k) => model.get(k));
            expect(await Promise.all(['a', 'b', 'c'].map((k) => cache.get(k)))).toEqual(expected);
          }
        }),
        { numRuns: subject.harness.modelRuns ?? 40 },
      );
    },
    MANY_ROUND_TRIPS_MS,
  );
}
