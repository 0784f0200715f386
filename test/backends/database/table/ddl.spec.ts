import { describe, expect, it } from '@jest/globals';
import { createTableStatements, indexName, quoteName } from '../../../../lib/backends/database/table/ddl.js';

const plain = { schema: undefined, table: 'cache_entries' };

describe('indexName', () => {
  it('is the table and the column', () => {
    expect(indexName('cache_entries', 'expires_at')).toBe('cache_entries_expires_at');
  });

  it.each(['a'.repeat(63), 'ä'.repeat(31), '😀'.repeat(15)])(
    'is cut to 63 bytes, in whole characters: %s',
    (table) => {
      const name = indexName(table, 'written_at');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      expect(Buffer.byteLength(name)).toBeGreaterThan(59);
      expect(name.isWellFormed()).toBe(true);
      expect(name).toMatch(/_[0-9a-f]{8}_written_at$/);
    },
  );

  it('differs for long tables that begin alike', () => {
    const tables = ['x', 'y'].map((end) => 'a'.repeat(62) + end);
    expect(indexName(tables[0]!, 'expires_at')).not.toBe(indexName(tables[1]!, 'expires_at'));
  });
});

describe('quoteName', () => {
  it('doubles the quote of the dialect, and no other', () => {
    const name = 'a"b`c\'d';
    expect(quoteName('postgres', name)).toBe('"a""b`c\'d"');
    expect(quoteName('sqlite', name)).toBe('"a""b`c\'d"');
    expect(quoteName('mysql', name)).toBe('`a"b``c\'d`');
  });
});

describe('createTableStatements', () => {
  it('makes one statement with its indexes on MySQL, and three elsewhere', () => {
    expect(createTableStatements('mysql', plain)).toHaveLength(1);
    expect(createTableStatements('postgres', plain)).toHaveLength(3);
    expect(createTableStatements('sqlite', plain)).toHaveLength(3);
  });

  it('names the schema with the table, and with the index in SQLite', () => {
    const table = { schema: 'shop', table: 'cache' };
    expect(createTableStatements('postgres', table)[1]).toBe(
      'CREATE INDEX "cache_expires_at" ON "shop"."cache" ("expires_at")',
    );
    expect(createTableStatements('sqlite', table)[1]).toBe(
      'CREATE INDEX "shop"."cache_expires_at" ON "cache" ("expires_at")',
    );
  });
});
