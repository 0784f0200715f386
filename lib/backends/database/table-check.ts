import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../core/show.js';
import { isMissingColumn, isMissingTable } from './connections/failures.js';
import type { Site } from './routing/site.js';
import { showTableName, type TableName } from './table/table-name.js';

const LOOKS = 40;
const LOOK_EVERY_MS = 20;

/** Finds out whether the cache table is there, and creates it where that is asked for. */
export class TableCheck {
  /** Whether the table was created here. */
  #isNew = false;

  constructor(
    private readonly table: TableName,
    /** Creates the table where the cache writes, and returns false if a router does not allow that; undefined if it is not asked for. */
    private readonly create: (() => Promise<boolean>) | undefined,
  ) {}

  /** @throws {Error} that says how to create the table, if it is missing */
  async check(site: Site, isWritten: boolean): Promise<void> {
    try {
      await site.probe();
    } catch (error) {
      if (isMissingColumn(error)) throw this.#foreign(error);
      if (!isMissingTable(error)) throw error;
      if (!isWritten && this.#isNew) return this.#follow(site);
      if (!isWritten || !this.create) throw this.#missing(error);
      if (!(await this.create())) {
        throw new Error(
          `the table ${showTableName(this.table)} does not exist, and a router does not allow to create it there (allowMigrate)`,
          { cause: error },
        );
      }
      this.#isNew = true;
      await site.probe();
    }
  }

  /** A replica has a table that was just created a moment later. */
  async #follow(site: Site): Promise<void> {
    for (let look = 1; ; look++) {
      await delay(LOOK_EVERY_MS);
      try {
        return await site.probe();
      } catch (error) {
        if (!isMissingTable(error)) throw error;
        if (look === LOOKS) throw this.#missing(error);
      }
    }
  }

  #foreign(cause: unknown): Error {
    return new Error(
      `the table ${showTableName(this.table)} is there, but it is no cache table (${messageOf(cause)}); choose another name (location)`,
      { cause },
    );
  }

  #missing(cause: unknown): Error {
    const name = showTableName(this.table);
    const argument = /^[\w.]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
    return new Error(
      `the table ${name} does not exist; create it with "npx nestjs-cache createcachetable -d <data source file> ${argument}", ` +
        'a migration, or the option createTable',
      { cause },
    );
  }
}
