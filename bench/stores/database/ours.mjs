import { openCaches } from '../../../dist/index.js';
import { TIMEOUT_SECONDS } from '../samples.mjs';
import { openTable } from './table.mjs';

/**
 * @param {import('./place.mjs').Place} place
 * @param {Partial<import('../../../dist/index.js').DatabaseCacheOptions>} [options]
 * @returns {Promise<import('./table.mjs').TableSubject>}
 */
export async function openOurs(place, options = {}) {
  const table = await openTable(place);
  const registry = await openCaches(
    {
      default: {
        backend: 'database',
        location: table.name,
        dataSource: table.dataSource,
        timeout: TIMEOUT_SECONDS,
        // A sick database ends the run with its reason, in place of misses without one.
        onError: 'throw',
        // On a busy machine the breaker might open at its default. What it costs does not depend on it.
        operationTimeoutMs: 5000,
        ...options,
      },
    },
    { warn: console.error },
  );
  const cache = registry.get('default');
  return {
    name: 'nestjs-cache-framework, backend database',
    table,
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getOrSet: (key, factory) => cache.getOrSet(key, factory),
    getBatch: async (keys) => (await cache.getMany(keys)).size,
    setBatch: async (entries) => entries.length - (await cache.setMany(new Map(entries))).length,
    add: (key, value) => cache.add(key, value),
    increment: (key) => cache.incr(key),
    remove: (key) => cache.delete(key),
    close: async () => {
      await registry.closeAll();
      await table.remove();
    },
  };
}
