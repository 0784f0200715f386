import type { DataSourceLike, QueryRunnerLike } from './data-source.js';
import { type MysqlConnection, MysqlSession } from './mysql-session.js';
import { type PostgresClient, PostgresSession } from './postgres-session.js';
import { RunnerSession } from './runner-session.js';
import type { Session } from './session.js';
import { type SqliteDatabase, SqliteSession } from './sqlite-session.js';

/** Takes the connection of a query runner. @param prepares whether statements may stay prepared on the server */
export async function openSession(
  runner: QueryRunnerLike,
  { options }: DataSourceLike,
  prepares: boolean,
): Promise<Session> {
  const connection = (await runner.connect()) as object;
  if (options.type === 'sqljs') return new RunnerSession(runner);
  return sessionOn(connection, options.type, prepares);
}

function sessionOn(connection: object, type: string, prepares: boolean): Session {
  switch (type) {
    case 'postgres':
      return new PostgresSession(connection as PostgresClient, prepares);
    case 'better-sqlite3':
      return new SqliteSession(connection as SqliteDatabase);
    default:
      return new MysqlSession(connection as MysqlConnection, prepares);
  }
}
