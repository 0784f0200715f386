import { BaseEntity, Column, type ColumnType, type DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import { CacheConfigurationError } from '../../../core/errors.js';
import { dialectNameOf } from '../connections/data-source.js';
import { columnOf, type IndexedColumn, indexName } from './ddl.js';
import { DEFAULT_TABLE, parseTableName } from './table-name.js';

const OWNER = 'CacheEntry';

/** Packages of databases give a bigint as text; a moment in epoch ms is a safe integer. */
const moment = {
  to: (value: unknown) => value,
  from: (value: string | number | null | undefined) =>
    value === null || value === undefined ? value : Number(value),
};

/** The columns of a cache table. Its indexes are named after the table, so they are not among them. */
abstract class CacheRow extends BaseEntity {
  /** Hash of the final key: 32 hexadecimal digits. */
  @PrimaryColumn({ type: 'varchar', length: 32 })
  id!: string;

  /** The final key in visible ASCII, 255 characters at most, for people who look into the table. Nothing is found by it. */
  @Column({ name: 'cache_key', type: 'varchar', length: 255 })
  cacheKey!: string;

  /** The encoded value. No type for bytes is known to all databases, so this one holds until the data source is known. */
  @Column({ type: 'text' })
  value!: Buffer;

  /** The moment at which the entry ends, epoch ms; `null` for never. */
  @Column({ name: 'expires_at', type: 'bigint', nullable: true, transformer: moment })
  expiresAt!: number | null;

  /** The moment at which it was written, epoch ms. */
  @Column({ name: 'written_at', type: 'bigint', transformer: moment })
  writtenAt!: number;

  /** Hash of the scope of the cache that wrote it: 16 hexadecimal digits. */
  @Column({ type: 'varchar', length: 16 })
  scope!: string;

  /** TypeORM tells its entities of their data source once it has read their columns, and before it makes use of them. */
  static override useDataSource(dataSource: DataSource | null): void {
    super.useDataSource(dataSource);
    const column = dataSource?.getMetadata(this).findColumnWithPropertyName('value');
    if (dataSource && column)
      column.type = columnOf('value').type[dialectNameOf(dataSource, OWNER)] as ColumnType;
  }
}

/**
 * A row of the cache table `cache_entries`, for TypeORM: put it into the `entities` of a data source, and `synchronize` and
 * `migration:generate` take care of the table. For another table there is `cacheEntryFor(table)`. The cache itself needs no entity, only the
 * table.
 *
 * @publicApi
 */
@Entity({ name: DEFAULT_TABLE })
@Index(indexName(DEFAULT_TABLE, 'expires_at'), ['expiresAt'])
@Index(indexName(DEFAULT_TABLE, 'written_at'), ['writtenAt'])
export class CacheEntry extends CacheRow {}

const PROPERTIES: Readonly<Record<IndexedColumn, keyof CacheEntry>> = {
  expires_at: 'expiresAt',
  written_at: 'writtenAt',
};

const entities = new Map<string, typeof CacheEntry>([[DEFAULT_TABLE, CacheEntry]]);

/**
 * Returns the entity of another cache table: the same class each time. TypeORM takes no quotes in names.
 *
 * @param table `table` or `schema.table`
 * @throws {CacheConfigurationError} for a name with quotes
 * @example
 * ```ts
 * new DataSource({ type: 'postgres', entities: [Film, cacheEntryFor('my_cache_table')], … });
 * ```
 * @publicApi
 */
export function cacheEntryFor(table: string = DEFAULT_TABLE): typeof CacheEntry {
  const known = entities.get(table);
  if (known) return known;
  const { schema, table: name } = parseTableName(table, OWNER);
  if (/["`]/.test(`${schema}${name}`)) {
    throw new CacheConfigurationError(
      `cacheEntryFor: TypeORM takes no quotes in the name of an entity's table; got ${table}. Create it with createCacheTable.`,
    );
  }
  const entity = { CacheEntry: class extends CacheRow {} }.CacheEntry;
  for (const [column, property] of Object.entries(PROPERTIES)) {
    Index(indexName(name, column as IndexedColumn), [property])(entity);
  }
  Entity({ name, schema })(entity);
  entities.set(table, entity);
  return entity;
}
