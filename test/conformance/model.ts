import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CacheService } from '../../lib/index.js';
import type { FakeClock } from '../support/fake-clock.js';
import type { Subject } from './describe-cache-backend.js';
import type { Bench } from './harness.js';

/** What a cache is to its users, in the simplest form: values and the moments at which they end. */
class Model {
  readonly #entries = new Map<string, { value: unknown; endsAt: number }>();

  constructor(
    private readonly clock: FakeClock,
    private readonly countsBelowZero: boolean,
  ) {}

  get(key: string): unknown {
    const entry = this.#entries.get(key);
    return entry && entry.endsAt > this.clock.now() ? entry.value : undefined;
  }

  set(key: string, value: unknown, seconds: number | null): void {
    const endsAt = seconds === null ? Number.POSITIVE_INFINITY : this.clock.now() + seconds * 1000;
    this.#entries.set(key, { value, endsAt });
  }

  touch(key: string, seconds: number | null): boolean {
    const value = this.get(key);
    if (value !== undefined) this.set(key, value, seconds);
    return value !== undefined;
  }

  delete(key: string): boolean {
    const wasThere = this.get(key) !== undefined;
    this.#entries.delete(key);
    return wasThere;
  }

  clear(): void {
    this.#entries.clear();
  }

  increment(key: string, delta: number): number | undefined {
    const entry = this.#entries.get(key);
    const value = this.get(key);
    if (!entry || !Number.isSafeInteger(value) || Object.is(value, -0)) return undefined;
    if (!this.countsBelowZero && (value as number) < 0) return undefined;
    const sum = this.countsBelowZero ? (value as number) + delta : Math.max(0, (value as number) + delta);
    if (!Number.isSafeInteger(sum)) return undefined;
    entry.value = sum;
    return sum;
  }
}

type Step = (cache: CacheService, model: Model, bench: Bench) => Promise<void>;

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.oneof(fc.integer(), fc.string(), fc.jsonValue());
/** Whole minutes: on a server the time goes on during the test, and what has not ended by the model is to be far from its end. */
const seconds = fc.oneof(
  fc.integer({ min: -2, max: 20 }).map((minutes) => minutes * 60),
  fc.constant(null),
);

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(key, value, seconds).map(([k, v, s]) => async (cache, model) => {
    await cache.set(k, v, s);
    model.set(k, v, s);
  }),
  fc.tuple(key, value, seconds).map(([k, v, s]) => async (cache, model) => {
    const isAbsent = model.get(k) === undefined;
    expect(await cache.add(k, v, s)).toBe(isAbsent);
    if (isAbsent) model.set(k, v, s);
  }),
  fc.tuple(key, value, seconds).map(([k, v, s]) => async (cache, model) => {
    const present = model.get(k);
    expect(await cache.getOrSet(k, () => v, s)).toEqual(present === undefined ? v : present);
    if (present === undefined) model.set(k, v, s);
  }),
  fc.tuple(key, seconds).map(([k, s]) => async (cache, model) => {
    expect(await cache.touch(k, s)).toBe(model.touch(k, s));
  }),
  key.map((k) => async (cache, model) => {
    expect(await cache.delete(k)).toBe(model.delete(k));
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
  it('behaves like a map of values and moments, whatever is done in whatever order', async () => {
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
  });
}
