import memjs from 'memjs';
import Memcached from 'memcached';
import { TIMEOUT_SECONDS } from './samples.mjs';

/** @typedef {import('./store-subject.mjs').StoreSubject} StoreSubject */

/** The package `memcached`, which knows callbacks; it keeps texts, Buffers and objects (as JSON) by itself. @returns {StoreSubject} */
export function openMemcached(address) {
  const client = new Memcached(address);
  return {
    name: 'memcached',
    get: (key) => settled((done) => client.get(key, done)),
    set: (key, value) => settled((done) => client.set(key, value, TIMEOUT_SECONDS, done)),
    getBatch: async (keys) =>
      Object.keys(await settled((done) => client.getMulti(/** @type {string[]} */ (keys), done))).length,
    close: () => client.end(),
  };
}

/** The package `memjs`, which knows promises; texts come back as Buffers, and are made texts here. @returns {StoreSubject} */
export function openMemjs(address) {
  const client = memjs.Client.create(address);
  return {
    name: 'memjs',
    get: async (key) => (await client.get(key)).value?.toString(),
    set: (key, value) => client.set(key, value, { expires: TIMEOUT_SECONDS }),
    close: () => client.close(),
  };
}

/** @param {(done: (error: unknown, value: any) => void) => void} ask @returns {Promise<any>} */
function settled(ask) {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error ? reject(error) : resolve(value)));
  });
}
