import { type DataSourceLike, isFile } from '../connections/data-source.js';
import type { Database } from '../connections/database.js';
import type { DialectName } from '../statements/dialect.js';
import type { Query, Row } from '../statements/statement.js';

/** What a server says of itself. */
export interface ServerState {
  /** It follows another server, and may be late. */
  readonly isReplica: boolean;
  /** Whether `FOR UPDATE SKIP LOCKED` is understood. */
  readonly skipsLocked: boolean;
  /** The most bytes that one statement may have. */
  readonly longestStatement: number;
  /** What the application had better change, in a part of a sentence. */
  readonly advice?: string;
}

/** PostgreSQL refuses values from 1 GB on, and so does SQLite. */
const LONGEST_VALUE = 1e9;

/** Asks a server what it is. */
export async function stateOf(
  database: Database,
  dialect: DialectName,
  dataSource: DataSourceLike,
): Promise<ServerState> {
  if (dialect === 'sqlite') {
    const state = { isReplica: false, skipsLocked: false, longestStatement: LONGEST_VALUE };
    return isFile(dataSource) ? { ...state, ...(await journalAdvice(database)) } : state;
  }
  if (dialect === 'postgres') {
    const isReplica = (await rowOf(database, 'SELECT pg_is_in_recovery()'))[0] === true;
    return { isReplica, skipsLocked: true, longestStatement: LONGEST_VALUE };
  }
  const [readOnly, longest, version] = await rowOf(
    database,
    'SELECT @@global.read_only, @@global.max_allowed_packet, VERSION()',
  );
  return {
    isReplica: Number(readOnly) !== 0,
    skipsLocked: skipsLocked(String(version)),
    longestStatement: Number(longest),
  };
}

async function journalAdvice(database: Database): Promise<Pick<ServerState, 'advice'>> {
  const [journalMode] = await rowOf(database, 'PRAGMA journal_mode');
  if (journalMode === 'wal') return {};
  return {
    advice: `its journal mode is "${String(journalMode)}", in which readers and writers lock each other out; open it with enableWAL: true`,
  };
}

/** MySQL since 8.0.1, MariaDB since 10.6. */
function skipsLocked(version: string): boolean {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  const [needsMajor, needsMinor] = version.includes('MariaDB') ? [10, 6] : [8, 0];
  return major > needsMajor || (major === needsMajor && minor >= needsMinor);
}

async function rowOf(database: Database, text: string): Promise<Row> {
  const query: Query<Row> = {
    statement: { name: undefined, text },
    values: [],
    answer: ({ rows }) => rows[0] ?? [],
  };
  return database.run(query);
}
