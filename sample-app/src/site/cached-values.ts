import { Injectable, Logger } from '@nestjs/common';
import { CacheService, type Timeout } from 'nestjs-cache-framework';
import type { Making } from '../html/making.js';
import { isConfirmed } from './confirmation.js';

interface Kept<T> {
  readonly value: T;
  readonly readAt: number;
}

/** Values from the cache `default`, or loaded and kept there. Notes each in the making of the page, for its footer. */
@Injectable()
export class CachedValues {
  readonly #logger = new Logger('CachedValues');

  constructor(private readonly cache: CacheService) {}

  async take<T>(making: Making, key: string, load: () => Promise<T>, timeout: Timeout): Promise<T> {
    let wasHit = true;
    const kept = await this.cache.getOrSet<Kept<T>>(
      key,
      async () => {
        wasHit = false;
        return keep(await load());
      },
      timeout,
    );
    this.#note(making, key, kept, wasHit);
    return kept.value;
  }

  /** As `take` for several keys; those that are missing are loaded together, and what `load` does not find is left out. */
  async takeMany<T>(
    making: Making,
    keys: readonly string[],
    load: (missing: string[]) => Promise<Map<string, T>>,
    timeout: Timeout,
  ): Promise<T[]> {
    const loaded = new Set<string>();
    const kept = await this.cache.getOrSetMany<Kept<T>>(
      keys,
      async (missing) => {
        for (const key of missing) loaded.add(key);
        return new Map([...(await load(missing))].map(([key, value]) => [key, keep(value)]));
      },
      timeout,
    );
    for (const [key, value] of kept) this.#note(making, key, value, !loaded.has(key));
    return [...kept.values()].map(({ value }) => value);
  }

  /** Removes values that a change in the database has made wrong. */
  async forget(keys: readonly string[]): Promise<void> {
    await isConfirmed(this.cache.deleteMany(keys), this.#logger);
  }

  #note(making: Making, key: string, { readAt }: Kept<unknown>, wasHit: boolean): void {
    making.readings.push({ key, alias: this.cache.alias, wasHit, ageMs: Math.max(0, Date.now() - readAt) });
  }
}

function keep<T>(value: T): Kept<T> {
  return { value, readAt: Date.now() };
}
