import { DataSource } from 'typeorm';
import { createCacheTable, dropCacheTable } from '../../../dist/backends/database/index.js';

/** @typedef {import('./place.mjs').Place} Place */

/**
 * A cache table of its own, beside which others can stand.
 *
 * @typedef {object} Table
 * @property {string} name
 * @property {DataSource} dataSource
 * @property {() => Promise<void>} empty
 * @property {() => Promise<void>} remove with its data source
 */

/**
 * A cache in a table, as a user opens it.
 *
 * @typedef {import('../store-subject.mjs').StoreSubject & TableOperations} TableSubject
 *
 * @typedef {object} TableOperations
 * @property {Table} table
 * @property {(keys: readonly string[]) => Promise<number>} getBatch
 * @property {(entries: readonly (readonly [string, any])[]) => Promise<number>} setBatch returns how many were written
 * @property {(key: string, value: any) => Promise<boolean>} add
 * @property {(key: string) => Promise<number>} increment
 * @property {(key: string) => Promise<boolean>} remove
 * @property {(key: string, factory: () => unknown) => Promise<unknown>} [getOrSet]
 */

let tables = 0;

/** @param {Place} place @returns {Promise<Table>} */
export async function openTable(place) {
  const dataSource = await new DataSource(place.options()).initialize();
  const name = `cache_${++tables}`;
  await createCacheTable(dataSource, name);
  return {
    name,
    dataSource,
    empty: async () => {
      await dataSource.query(`DELETE FROM ${name}`);
    },
    remove: async () => {
      await dropCacheTable(dataSource, name);
      await dataSource.destroy();
    },
  };
}
