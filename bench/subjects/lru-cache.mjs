import { LRUCache } from 'lru-cache';
import { countFound, MAX_ENTRIES, TIMEOUT_SECONDS, unexpectedMiss } from './subject.mjs';

/** @returns {LRUCache<string, any>} */
function newLru() {
  return new LRUCache({ max: MAX_ENTRIES, ttl: TIMEOUT_SECONDS * 1000 });
}

/** @returns {import('./subject.mjs').Subject} */
export function openLruCache() {
  const lru = newLru();
  return {
    name: 'lru-cache',
    calls: { get: 'get', set: 'set', getOrSet: 'get, else set', getMany: 'a loop of get' },
    setting: `called directly, without await; max ${MAX_ENTRIES} and ttl set`,
    read: (key) => lru.get(key),
    get(keys) {
      let found = 0;
      for (const key of keys) if (lru.get(key) !== undefined) found++;
      return found;
    },
    set(keys, values) {
      for (let index = 0; index < keys.length; index++) lru.set(keys[index], values[index]);
      return keys.length;
    },
    getOrSet(keys) {
      let found = 0;
      for (const key of keys) {
        let value = lru.get(key);
        if (value === undefined) {
          value = unexpectedMiss();
          lru.set(key, value);
        }
        if (value !== undefined) found++;
      }
      return found;
    },
    getMany(batches) {
      let found = 0;
      for (const batch of batches) found += countFound(batch.map((key) => lru.get(key)));
      return found;
    },
    close: () => lru.clear(),
  };
}

/** The same where each answer is awaited, as it is behind an interface that may be asynchronous. */
export function openAwaitedLruCache() {
  const lru = newLru();
  return {
    name: 'lru-cache awaited',
    calls: { get: 'get', set: 'set' },
    setting: 'as lru-cache, but each answer is awaited',
    read: (key) => lru.get(key),
    async get(keys) {
      let found = 0;
      for (const key of keys) if ((await lru.get(key)) !== undefined) found++;
      return found;
    },
    set(keys, values) {
      for (let index = 0; index < keys.length; index++) lru.set(keys[index], values[index]);
      return keys.length;
    },
    close: () => lru.clear(),
  };
}
