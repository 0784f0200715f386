import { rowId } from '../../../dist/backends/database/row-id.js';
import { dialectOf } from '../../../dist/backends/database/statements/dialects.js';
import { keys as allKeys, TIMEOUT_SECONDS } from '../samples.mjs';
import { openRawClient } from './raw-clients.mjs';
import { openTable } from './table.mjs';

/**
 * How a kind of values is kept as bytes by someone who uses a database directly.
 *
 * @typedef {object} Form
 * @property {string} name
 * @property {(value: any) => Buffer} bytesOf
 * @property {(bytes: Buffer) => unknown} valueOf
 */

const asIs = (bytes) => bytes;

/** @type {Record<'text' | 'bytes' | 'object', Form>} */
export const FORMS = {
  text: { name: '', bytesOf: (text) => Buffer.from(text), valueOf: (bytes) => bytes.toString() },
  bytes: { name: '', bytesOf: asIs, valueOf: asIs },
  object: {
    name: ' and JSON',
    bytesOf: (object) => Buffer.from(JSON.stringify(object)),
    valueOf: (bytes) => JSON.parse(bytes.toString()),
  },
};

const SCOPE = '0'.repeat(16);
const LIFETIME_MS = TIMEOUT_SECONDS * 1000;

/** What takes time to find out and is no part of a statement: which row belongs to a key. */
const ids = new Map(allKeys.map((key) => [key, idOf(key)]));

function idOf(key) {
  return rowId(`:1:${key}`);
}

/**
 * The statements that the library sends, sent to a table of the same layout by whoever has only the package of the database: the end of a row
 * is not looked at, nothing is removed, and no deadline is kept.
 *
 * @param {import('./place.mjs').Place} place
 * @param {Form} form
 * @param {import('./table.mjs').Table} [given] a table of somebody else, who removes it; otherwise one of its own
 * @returns {Promise<import('./table.mjs').TableSubject>}
 */
export async function openRaw(place, { name, bytesOf, valueOf }, given) {
  const table = given ?? (await openTable(place));
  const client = openRawClient(place.dialect, table.dataSource);
  const queries = dialectOf(place.dialect).queries({ table: table.name }, { skipsLocked: true });
  const rows = ({ statement, values }) => client.rows(statement, values);
  const change = ({ statement, values }) => client.change(statement, values);
  return {
    name: client.name + name,
    table,
    get: async (key) => {
      const [row] = await rows(queries.read(ids.get(key)));
      return row && valueOf(row.value);
    },
    set: (key, value) => change(queries.write([rowOf(key, value)])),
    getBatch: async (keys) => {
      const found = await rows(queries.readMany(keys.map((key) => ids.get(key))));
      const values = new Map(found.map(({ id, value }) => [id, valueOf(value)]));
      return values.size;
    },
    setBatch: async (entries) => {
      await change(queries.write(entries.map(([key, value]) => rowOf(key, value))));
      return entries.length;
    },
    add: async (key, value) => (await change(queries.insert(rowOf(key, value)))) === 1,
    increment: (key) => change(queries.increment(ids.get(key), 1, Date.now())),
    remove: async (key) => (await change(queries.remove([ids.get(key)], Date.now()))) === 1,
    close: async () => {
      await client.close();
      if (!given) await table.remove();
    },
  };

  function rowOf(key, value) {
    const now = Date.now();
    return {
      id: ids.get(key) ?? idOf(key),
      cacheKey: key,
      value: bytesOf(value),
      expiresAt: now + LIFETIME_MS,
      writtenAt: now,
      scope: SCOPE,
    };
  }
}
