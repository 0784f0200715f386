import { Cacheable } from 'cacheable';
import { countFound, TIMEOUT_SECONDS, unexpectedMiss } from './subject.mjs';

/** @returns {import('./subject.mjs').Subject} */
export function openCacheable() {
  const cache = new Cacheable({ ttl: TIMEOUT_SECONDS * 1000 });
  return {
    name: 'cacheable',
    calls: { get: 'get', set: 'set', getOrSet: 'getOrSet', getMany: 'getMany' },
    setting: 'its default store, which is not bounded',
    read: (key) => cache.get(key),
    async get(keys) {
      let found = 0;
      for (const key of keys) if ((await cache.get(key)) !== undefined) found++;
      return found;
    },
    async set(keys, values) {
      for (let index = 0; index < keys.length; index++) await cache.set(keys[index], values[index]);
      return keys.length;
    },
    async getOrSet(keys) {
      let found = 0;
      for (const key of keys) if ((await cache.getOrSet(key, unexpectedMiss)) !== undefined) found++;
      return found;
    },
    async getMany(batches) {
      let found = 0;
      for (const batch of batches) found += countFound(await cache.getMany(batch));
      return found;
    },
    close: () => cache.disconnect(),
  };
}
