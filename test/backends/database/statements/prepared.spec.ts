import { describe, expect, it } from '@jest/globals';
import type { DialectName } from '../../../../lib/backends/database/statements/dialect.js';
import { dialectOf } from '../../../../lib/backends/database/statements/dialects.js';
import type { Statement } from '../../../../lib/backends/database/statements/statement.js';
import type { TableQueries } from '../../../../lib/backends/database/statements/table-queries.js';
import { idOf, NOW, rowOf, rowsOf } from './rows.js';

const DIALECTS: readonly DialectName[] = ['postgres', 'mysql', 'sqlite'];

const queriesOf = (dialect: DialectName, table = 'entries'): TableQueries =>
  dialectOf(dialect).queries({ schema: undefined, table }, { skipsLocked: true });

const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, index) => idOf(index));

/** The statements that are sent all the time. */
function frequent(queries: TableQueries): Statement[] {
  return [
    queries.read(idOf(1)),
    queries.readMany(idsUpTo(3)),
    queries.write([rowOf()]),
    queries.insert(rowOf()),
    queries.touch(idOf(1), null, NOW),
    queries.increment(idOf(1), 1, NOW),
    queries.remove(idsUpTo(1), NOW),
    queries.remove(idsUpTo(3), NOW),
  ].map(({ statement }) => statement);
}

describe.each(DIALECTS)('the statements of %s', (dialect) => {
  it('have short names that follow from their texts', () => {
    const statements = [...frequent(queriesOf(dialect)), ...frequent(queriesOf(dialect, 'others'))];
    const texts = new Map(statements.map(({ name, text }) => [name, text]));
    expect(texts.size).toBe(new Set(statements.map(({ text }) => text)).size);
    for (const { name, text } of statements) {
      expect(name).toMatch(/^nestjs_cache_[0-9a-f]{16}$/);
      expect(texts.get(name)).toBe(text);
    }
  });

  it('are the same objects from one call to the next', () => {
    const queries = queriesOf(dialect);
    for (const [index, statement] of frequent(queries).entries())
      expect(frequent(queries)[index]).toBe(statement);
  });

  it('stay prepared only where there are few of them', () => {
    const queries = queriesOf(dialect);
    const prepared = Array.from({ length: 100 }, (_, index) => index + 1).filter(
      (count) => queries.write(rowsOf(count, () => ({}))).statement.name !== undefined,
    );
    expect(prepared).toEqual([1, 2, 4, 8, 16]);
    expect(queries.sample('', 7).statement.name).toBeUndefined();
    const names = new Set(
      Array.from(
        { length: 1500 },
        (_, index) => queries.readMany(idsUpTo(index + 1)).statement.name ?? 'none',
      ),
    );
    expect(names.size).toBeLessThanOrEqual(12);
  });

  it('name a table in a schema', () => {
    const queries = dialectOf(dialect).queries({ schema: 'a.b', table: 'c"`d' }, { skipsLocked: true });
    const name = dialect === 'mysql' ? '`a.b`.`c"``d`' : '"a.b"."c""`d"';
    for (const { text } of frequent(queries)) expect(text).toContain(` ${name} `);
  });
});

describe('a cull on MySQL', () => {
  it('asks what the server understands when it is made', () => {
    const facts = { skipsLocked: false };
    const queries = dialectOf('mysql').queries({ schema: undefined, table: 'entries' }, facts);
    const lockOf = (): string | undefined => {
      const cull = queries.cullOldest(undefined, 5);
      return cull.isOneStatement ? undefined : /FOR UPDATE.*$/.exec(cull.find.statement.text)?.[0];
    };
    expect(lockOf()).toBe('FOR UPDATE');
    facts.skipsLocked = true;
    expect(lockOf()).toBe('FOR UPDATE SKIP LOCKED');
  });
});
