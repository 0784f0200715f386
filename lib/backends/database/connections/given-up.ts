import { setTimeout as delay } from 'node:timers/promises';
import type { Query, Row } from '../statements/statement.js';
import type { DialectName } from '../statements/dialect.js';
import type { Database } from './database.js';

/** Connections that were given up with a statement under way, as the server calls them. */
export interface GivenUp {
  readonly ids: readonly number[];
  /** By `performance.now`. */
  readonly at: number;
}

const LOOKS = 200;
const LOOK_EVERY_MS = 10;

/**
 * Makes sure that nothing more comes of connections that were given up: a frozen server that goes on carries out what lies in its sockets,
 * later than what is sent now.
 *
 * @throws if they are still there after two seconds
 */
export async function endOnServer(
  database: Database,
  dialect: DialectName,
  { ids, at }: GivenUp,
): Promise<void> {
  if (ids.length === 0 || dialect === 'sqlite') return;
  const ends = dialect === 'postgres' ? endOnPostgres : endOnMysql;
  for (let look = 0; look < LOOKS; look++) {
    const left = await ends(database, ids, performance.now() - at);
    if (left === 0) return;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`connections that were given up are still at work on the server: ${ids.join(', ')}`);
}

/** Those that began later are somebody else's, under a number used again. */
async function endOnPostgres(database: Database, ids: readonly number[], forMs: number): Promise<number> {
  const rows = await database.run(
    rowsOf(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY($1) AND usename = current_user ' +
        `AND backend_start < now() - $2 * interval '1 millisecond'`,
      [ids, Math.floor(forMs)],
    ),
  );
  return rows.length;
}

/** A server that has started since counts its connections anew. */
async function endOnMysql(database: Database, ids: readonly number[], forMs: number): Promise<number> {
  const [uptime] = await database.run(rowsOf("SHOW GLOBAL STATUS LIKE 'Uptime'", []));
  if (Number(uptime?.[1]) * 1000 < forMs) return 0;
  const list = ids.map((id) => Math.trunc(id)).join(', ');
  const rows = await database.run(
    rowsOf(`SELECT ID FROM information_schema.PROCESSLIST WHERE ID IN (${list})`, []),
  );
  for (const [id] of rows) {
    // It may end by itself before it is told to.
    await Promise.resolve(database.run(rowsOf(`KILL ${Number(id)}`, []))).catch(() => undefined);
  }
  return rows.length;
}

function rowsOf(text: string, values: readonly unknown[]): Query<readonly Row[]> {
  return { statement: { name: undefined, text }, values, answer: ({ rows }) => rows };
}
