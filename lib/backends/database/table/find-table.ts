import type { DialectName } from '../statements/dialect.js';
import { quoteTable } from './ddl.js';
import type { TableConnection } from './table-connection.js';
import type { TableName } from './table-name.js';

/** A table as it is in the database. */
export interface FoundTable {
  readonly columns: ReadonlyMap<string, FoundColumn>;
  /** The columns that some index has first. */
  readonly indexed: ReadonlySet<string>;
  /** The columns that are unique by themselves. */
  readonly unique: ReadonlySet<string>;
}

export interface FoundColumn {
  /** In the words of the catalogue. */
  readonly type: string;
  /** The most characters that it takes; null for no limit. */
  readonly length: number | null;
  readonly takesNull: boolean;
  /** Whether a row can be written without a word on it. */
  readonly isOptional: boolean;
}

/** The questions to a catalogue, answered with rows of `name`, `type`, `length`, `takes_null` and `has_default`, and of `name` and `is_unique`. */
interface Questions {
  readonly columns: string;
  readonly indexes: string;
  readonly values: unknown[];
}

/** Looks a table up; undefined if there is none. */
export async function findTable({ dialect, table, query }: TableConnection): Promise<FoundTable | undefined> {
  const { columns, indexes, values } = QUESTIONS[dialect](table);
  const found = (await query(columns, values)) as readonly ColumnRow[];
  if (found.length === 0) return undefined;
  const keys = (await query(indexes, values)) as readonly { name: string; is_unique: unknown }[];
  return {
    columns: new Map(found.map((row) => [row.name, columnOf(row)])),
    indexed: new Set(keys.map(({ name }) => name)),
    // Numbers stand for booleans where there are none; mysql2 may be told to give them as text.
    unique: new Set(keys.filter((key) => Number(key.is_unique) === 1).map(({ name }) => name)),
  };
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly length: unknown;
  readonly takes_null: unknown;
  readonly has_default: unknown;
}

/** Numbers stand for booleans where there are none; mysql2 may be told to give them as text. */
function columnOf({ has_default, length, takes_null, type }: ColumnRow): FoundColumn {
  const takesNull = Number(takes_null) === 1;
  return {
    type,
    length: length === null ? null : Number(length),
    takesNull,
    isOptional: takesNull || Number(has_default) === 1,
  };
}

const QUESTIONS: Readonly<Record<DialectName, (table: TableName) => Questions>> = {
  /** The catalogue, since only `to_regclass` goes by the search path as statements do. */
  postgres: (table) => ({
    columns:
      'SELECT attname AS name, format_type(atttypid, NULL) AS type, ' +
      "CASE WHEN atttypid = 'varchar'::regtype AND atttypmod >= 0 THEN atttypmod - 4 END AS length, " +
      "NOT attnotnull AS takes_null, atthasdef OR attidentity <> '' AS has_default FROM pg_attribute " +
      'WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
    indexes:
      'SELECT a.attname AS name, i.indisunique AND i.indnkeyatts = 1 AS is_unique FROM pg_index i ' +
      'JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] ' +
      'WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND i.indpred IS NULL',
    values: [quoteTable('postgres', table)],
  }),
  mysql: ({ schema, table }) => ({
    columns:
      'SELECT column_name AS name, data_type AS type, character_maximum_length AS length, ' +
      "is_nullable = 'YES' AS takes_null, column_default IS NOT NULL OR extra <> '' AS has_default FROM information_schema.columns " +
      'WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?',
    indexes:
      'SELECT MAX(CASE WHEN seq_in_index = 1 THEN column_name END) AS name, ' +
      'MAX(non_unique) = 0 AND MAX(seq_in_index) = 1 AS is_unique FROM information_schema.statistics ' +
      'WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? GROUP BY index_name',
    values: [schema ?? null, table],
  }),
  /** Texts rather than values, since the packages of SQLite have different minds about values used more than once. */
  sqlite: ({ schema, table }) => {
    const place = schema === undefined ? '' : `, ${quoteText(schema)}`;
    const named = `${quoteText(table)}${place}`;
    return {
      // Lengths are mere words there.
      columns: `SELECT name, type, NULL AS length, NOT "notnull" AS takes_null, dflt_value IS NOT NULL AS has_default FROM pragma_table_info(${named})`,
      indexes:
        `SELECT info.name AS name, list."unique" AND (SELECT MAX(seqno) FROM pragma_index_info(list.name${place})) = 0 ` +
        `AS is_unique FROM pragma_index_list(${named}) AS list JOIN pragma_index_info(list.name${place}) AS info ` +
        'WHERE info.seqno = 0 AND list.partial = 0',
      values: [],
    };
  },
};

/** Puts a text between the quotes of SQLite, where nothing but the quote has a meaning. */
function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
