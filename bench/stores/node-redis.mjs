import { createClient, RESP_TYPES } from 'redis';
import { TIMEOUT_SECONDS } from './samples.mjs';
import { countPresent } from './store-subject.mjs';

/** @typedef {import('./store-subject.mjs').StoreSubject} StoreSubject */

const LIFETIME = { expiration: { type: /** @type {const} */ ('PX'), value: TIMEOUT_SECONDS * 1000 } };
const AS_BUFFER = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** Text in, text out, in the client's own words for it. @returns {Promise<StoreSubject>} */
export async function openTexts(url, options = {}) {
  const client = await connected({ url, ...options });
  return {
    name: 'node-redis',
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, LIFETIME),
    getBatch: async (keys) => countPresent(await client.mGet(keys)),
    close: () => client.destroy(),
  };
}

/** As `openTexts`, but without the limit of five seconds that the client puts on each command. @returns {Promise<StoreSubject>} */
export async function openUnlimitedTexts(url) {
  const subject = await openTexts(url, { commandOptions: { timeout: undefined } });
  return {
    ...subject,
    name: 'node-redis without its command timeout',
  };
}

/** Bytes in, bytes out. @returns {Promise<StoreSubject>} */
export async function openBytes(url) {
  const client = await connected({ url });
  const reader = client.withTypeMapping(AS_BUFFER);
  return {
    name: 'node-redis, Buffers',
    get: (key) => reader.get(key),
    set: (key, value) => client.set(key, value, LIFETIME),
    getBatch: async (keys) => countPresent(await reader.mGet(keys)),
    close: () => client.destroy(),
  };
}

/** Objects as users of the client keep them. @returns {Promise<StoreSubject>} */
export async function openJson(url) {
  const client = await connected({ url });
  return {
    name: 'node-redis and JSON',
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), LIFETIME),
    close: () => client.destroy(),
  };
}

async function connected(options) {
  const client = createClient(options);
  // The commands that it concerns are rejected, too.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
