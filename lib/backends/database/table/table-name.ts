import { CacheConfigurationError } from '../../../core/errors.js';
import { show } from '../../../core/show.js';

/** The table of `CacheEntry`, when no other is named. */
export const DEFAULT_TABLE = 'cache_entries';

/** The name of a cache table, in parts and without quotes. */
export interface TableName {
  /** The schema (PostgreSQL), database (MySQL, MariaDB) or attached database (SQLite); undefined for that of the connection. */
  readonly schema: string | undefined;
  readonly table: string;
}

/** Part of a name: between double quotes, in which two stand for one, or free of dots. */
const PART = /"((?:[^"]|"")+)"(?=\.|$)|([^.]+)/y;

/**
 * Reads a table name: `table`, `schema.table`, and with dots inside, `"my.table"`. Everything else stands for itself, spaces and quotes too.
 *
 * @param owner who asks, to begin the error with
 * @throws {CacheConfigurationError} if it is no name
 */
export function parseTableName(text: string, owner: string): TableName {
  const parts: string[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (!match) break;
    parts.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    if (PART.lastIndex === text.length) return tableNameOf(parts, text, owner);
    if (text[PART.lastIndex] !== '.') break;
    PART.lastIndex++;
  }
  return refuse(text, owner);
}

function tableNameOf(parts: readonly string[], text: string, owner: string): TableName {
  const [table, schema, ...others] = parts.toReversed();
  if (table === undefined || others.length > 0 || parts.some((part) => !isUsable(part))) refuse(text, owner);
  return { schema, table };
}

/** No database takes other names; a longer one would be cut off, and could then be another's. */
function isUsable(part: string): boolean {
  return part.isWellFormed() && !part.includes('\0') && part.trim() !== '' && Buffer.byteLength(part) <= 63;
}

function refuse(text: string, owner: string): never {
  throw new CacheConfigurationError(
    `${owner}: ${show(text)} is no name of a table. It must be a name such as "my_cache_table" or "schema.my_cache_table", each part ` +
      'of 1 to 63 bytes; put a part that contains a dot between double quotes.',
  );
}

/** Writes a name for logs and commands, as `parseTableName` reads it. */
export function showTableName({ schema, table }: TableName): string {
  return schema === undefined ? showPart(table) : `${showPart(schema)}.${showPart(table)}`;
}

function showPart(part: string): string {
  const isPlain = !part.includes('.') && !/^".*"$/s.test(part);
  return isPlain ? part : `"${part.replaceAll('"', '""')}"`;
}
