import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { countFound, MAX_ENTRIES, TIMEOUT_SECONDS, unexpectedMiss } from './subject.mjs';

/** @returns {import('./subject.mjs').Subject} */
export function openBentocache() {
  const bento = new BentoCache({
    default: 'memory',
    ttl: `${TIMEOUT_SECONDS}s`,
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: MAX_ENTRIES })) },
  });
  return {
    name: 'bentocache',
    calls: { get: 'get', set: 'set', getOrSet: 'getOrSet', getMany: 'Promise.all of get' },
    setting: `memory driver, serialize on (its default), maxItems ${MAX_ENTRIES}`,
    read: (key) => bento.get({ key }),
    async get(keys) {
      let found = 0;
      for (const key of keys) if ((await bento.get({ key })) !== undefined) found++;
      return found;
    },
    async set(keys, values) {
      for (let index = 0; index < keys.length; index++)
        await bento.set({ key: keys[index], value: values[index] });
      return keys.length;
    },
    async getOrSet(keys) {
      let found = 0;
      for (const key of keys)
        if ((await bento.getOrSet({ key, factory: unexpectedMiss })) !== undefined) found++;
      return found;
    },
    async getMany(batches) {
      let found = 0;
      for (const batch of batches) {
        found += countFound(await Promise.all(batch.map((key) => bento.get({ key }))));
      }
      return found;
    },
    close: () => bento.disconnectAll(),
  };
}
