/** The least that a cache behind promises can cost: nothing but a Map. No bounds, no timeouts, no copies. */
class AsyncMap {
  #values = new Map();

  async get(key) {
    return this.#values.get(key);
  }

  async set(key, value) {
    this.#values.set(key, value);
  }
}

export function openAsyncMap() {
  const map = new AsyncMap();
  return {
    name: 'async Map',
    calls: { get: 'get', set: 'set' },
    setting:
      'no cache, but the least that any can cost whose get returns a promise: a Map behind an async method',
    read: (key) => map.get(key),
    async get(keys) {
      let found = 0;
      for (const key of keys) if ((await map.get(key)) !== undefined) found++;
      return found;
    },
    async set(keys, values) {
      for (let index = 0; index < keys.length; index++) await map.set(keys[index], values[index]);
      return keys.length;
    },
    close: () => undefined,
  };
}
