import type { DialectName } from '../statements/dialect.js';
import type { CacheColumn } from './ddl.js';
import type { FoundColumn } from './find-table.js';

/** Types as catalogues name them, for what a column of the cache table holds. SQLite goes by parts of a name, and takes anything where there is none. */
const HOLDING: Readonly<Record<'text' | 'bytes' | 'moment', Readonly<Record<DialectName, RegExp>>>> = {
  text: {
    postgres: /^(?:character varying|text)$/,
    mysql: /^(?:varchar|char|(?:tiny|medium|long)?text)$/,
    sqlite: /^$|CHAR|TEXT|CLOB/i,
  },
  bytes: { postgres: /^bytea$/, mysql: /^(?:tiny|medium|long)?blob$|^varbinary$/, sqlite: /^$|BLOB/i },
  moment: { postgres: /^bigint$/, mysql: /^bigint$/, sqlite: /^$|INT/i },
};

/** Tells whether a column that was found can be the one of a cache table. */
export function canHold({ length, type }: FoundColumn, column: CacheColumn, dialect: DialectName): boolean {
  const content = contentOf(column);
  if (!HOLDING[content][dialect].test(type)) return false;
  return content !== 'text' || length === null || length >= lengthOf(column, dialect);
}

/** The characters that a column has in our own words. */
function lengthOf({ type }: CacheColumn, dialect: DialectName): number {
  return Number(/\d+/.exec(type[dialect])?.[0] ?? 0);
}

function contentOf({ name }: CacheColumn): keyof typeof HOLDING {
  if (name === 'value') return 'bytes';
  return name.endsWith('_at') ? 'moment' : 'text';
}
