import { openCaches } from '../../dist/index.js';
import { TIMEOUT_SECONDS } from './samples.mjs';

/**
 * @param {{ backend: 'redis' | 'memcached', location: string, client?: 'meta' | 'memcached' | 'memjs' }} store
 * @returns {Promise<import('./store-subject.mjs').StoreSubject>}
 */
export async function openOurs(store) {
  // A sick server ends the run with its reason, in place of misses without one.
  const options = { ...store, timeout: TIMEOUT_SECONDS, onError: /** @type {const} */ ('throw') };
  const registry = await openCaches({ default: options }, { warn: console.error });
  const cache = registry.get('default');
  const client = store.client === undefined ? '' : `, client ${store.client}`;
  return {
    name: `nestjs-cache-framework, backend ${store.backend}${client}`,
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getBatch: async (keys) => (await cache.getMany(keys)).size,
    close: () => registry.closeAll(),
  };
}
