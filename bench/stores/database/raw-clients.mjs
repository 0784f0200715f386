import mysql from 'mysql2/promise';
import pg from 'pg';

/**
 * A package of a database used directly.
 *
 * @typedef {object} RawClient
 * @property {string} name
 * @property {(statement: Statement, values: any[]) => Promise<Record<string, any>[]>} rows of a statement that has any
 * @property {(statement: Statement, values: any[]) => Promise<number>} change how many rows were changed
 * @property {() => unknown} close
 *
 * @typedef {import('../../../dist/backends/database/statements/statement.js').Statement} Statement
 * @typedef {import('./place.mjs').Place} Place
 */

const CONNECTIONS = 10;

/** @type {Record<Place['dialect'], (dataSource: any) => RawClient>} */
const CLIENTS = { postgres: openPg, mysql: openMysql2, sqlite: openRunner };

/**
 * @param {Place['dialect']} dialect
 * @param {import('typeorm').DataSource} dataSource knows where the database is
 */
export function openRawClient(dialect, dataSource) {
  return CLIENTS[dialect](dataSource);
}

/** @returns {RawClient} */
function openPg({ options: { host, port, username, database } }) {
  const pool = new pg.Pool({ host, port, user: username, database, max: CONNECTIONS });
  return {
    name: `pg, pool of ${CONNECTIONS}`,
    rows: async ({ name, text }, values) => (await pool.query({ name, text, values })).rows,
    change: async ({ name, text }, values) => (await pool.query({ name, text, values })).rowCount ?? 0,
    close: () => pool.end(),
  };
}

/** @returns {RawClient} */
function openMysql2({ options: { host, port, username, database } }) {
  const pool = mysql.createPool({ host, port, user: username, database, connectionLimit: CONNECTIONS });
  return {
    name: `mysql2, pool of ${CONNECTIONS}`,
    rows: async (statement, values) => /** @type {any[]} */ ((await sent(statement, values))[0]),
    change: async (statement, values) => /** @type {any} */ ((await sent(statement, values))[0]).affectedRows,
    close: () => pool.end(),
  };

  function sent({ name, text }, values) {
    return name === undefined ? pool.query(text, values) : pool.execute(text, values);
  }
}

/** @returns {RawClient} */
function openRunner(dataSource) {
  const runner = dataSource.createQueryRunner();
  return {
    name: 'query runner of TypeORM',
    rows: ({ text }, values) => runner.query(text, values),
    change: async ({ text }, values) => {
      const { affected, records } = await runner.query(text, values, true);
      return affected ?? records.length;
    },
    close: () => runner.release(),
  };
}
