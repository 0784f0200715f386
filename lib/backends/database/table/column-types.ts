import type { DialectName } from '../statements/dialect.js';
import type { CacheColumn } from './ddl.js';

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

/** Tells whether a column of this type, in the words of the catalogue, can be the one of a cache table. */
export function canHold(type: string, column: CacheColumn, dialect: DialectName): boolean {
  return HOLDING[contentOf(column)][dialect].test(type);
}

function contentOf({ name }: CacheColumn): keyof typeof HOLDING {
  if (name === 'value') return 'bytes';
  return name.endsWith('_at') ? 'moment' : 'text';
}
