import { messageOf } from '../../../core/show.js';

/** PostgreSQL's classes of SQLSTATE for connections and for a server that goes, and the codes of Node and of mysql2. */
const BROKEN =
  /^(?:08...|57P0[123]|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|PROTOCOL_\w+|ER_SERVER_SHUTDOWN|ER_CON_COUNT_ERROR)$/;
const BROKEN_SENTENCE =
  /connection (?:terminated|error|is in closed state)|was given up|not queryable|after end/i;

const DEADLOCK = /^(?:40P01|40001|ER_LOCK_DEADLOCK|ER_CHECKREAD)$/;
const NO_TABLE = /^(?:42P01|3F000|ER_NO_SUCH_TABLE|ER_BAD_DB_ERROR)$/;
const NO_COLUMN = /^(?:42703|ER_BAD_FIELD_ERROR)$/;
const LOST_STATEMENT = /^(?:26000|0A000)$/;

/** The code that a package gives its errors; TypeORM wraps them. */
function codeOf(error: unknown): string {
  const { code, driverError } = error as {
    readonly code?: unknown;
    readonly driverError?: { code?: unknown };
  };
  return String(driverError?.code ?? code);
}

/** Tells whether the server is gone, or this connection to it. */
export function isBroken(error: unknown): boolean {
  return BROKEN.test(codeOf(error)) || BROKEN_SENTENCE.test(messageOf(error));
}

/** Tells whether the database undid a statement because two waited for each other, or saw different states; it may be sent again. */
export function isDeadlock(error: unknown): boolean {
  return DEADLOCK.test(codeOf(error));
}

/** Tells whether the cache table, or its schema, is not there. */
export function isMissingTable(error: unknown): boolean {
  return NO_TABLE.test(codeOf(error)) || /no such table/i.test(messageOf(error));
}

/** Tells whether the table is there, and is not as the statement takes it to be. */
export function isMissingColumn(error: unknown): boolean {
  return NO_COLUMN.test(codeOf(error)) || /no such column/i.test(messageOf(error));
}

/** Others had a SQLite database locked for longer than a statement waits. */
export class DatabaseLockedError extends Error {}

/** Tells whether somebody else is writing to a SQLite database. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error));
}

/** Tells whether a statement that was prepared on this connection is not there any more, or does not fit the table any more. */
export function isLostStatement(error: unknown): boolean {
  return LOST_STATEMENT.test(codeOf(error));
}
