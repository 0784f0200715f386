import { createCacheTable, dropCacheTable } from './create-cache-table.js';
import type { MigrationQueryRunner } from './table-connection.js';

/** A migration as TypeORM runs it. */
export interface CacheTableMigration {
  up(queryRunner: MigrationQueryRunner): Promise<void>;
  down(queryRunner: MigrationQueryRunner): Promise<void>;
}

/**
 * Returns a migration that creates the table of a cache, and drops it when it is reverted. In a migration that does more, call
 * `createCacheTable(queryRunner, table)` and `dropCacheTable(queryRunner, table)`.
 *
 * @param table `table` or `schema.table`
 * @example
 * ```ts
 * export class CreateCacheTable1700000000000 extends cacheTableMigration('my_cache_table') {}
 * ```
 * @publicApi
 */
export function cacheTableMigration(table?: string): new () => CacheTableMigration {
  return class implements CacheTableMigration {
    async up(queryRunner: MigrationQueryRunner): Promise<void> {
      await createCacheTable(queryRunner, table);
    }

    async down(queryRunner: MigrationQueryRunner): Promise<void> {
      await dropCacheTable(queryRunner, table);
    }
  };
}
