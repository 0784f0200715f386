import { openCaches } from '../../dist/index.js';
import { MAX_ENTRIES, TIMEOUT_SECONDS, unexpectedMiss } from './subject.mjs';

/** @returns {Promise<import('./subject.mjs').Subject>} */
export async function openOurs() {
  /** @type {import('../../dist/index.js').MemoryCacheOptions} */
  const options = { backend: 'memory', timeout: TIMEOUT_SECONDS, maxEntries: MAX_ENTRIES };
  const registry = await openCaches({ default: options }, { warn: console.error });
  const cache = registry.get('default');
  return {
    name: 'nestjs-cache-framework',
    calls: { get: 'get', set: 'set', getOrSet: 'getOrSet', getMany: 'getMany' },
    setting: 'backend memory, bounded by entries and by bytes (64 MB)',
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
      for (const batch of batches) found += (await cache.getMany(batch)).size;
      return found;
    },
    close: () => registry.closeAll(),
  };
}
