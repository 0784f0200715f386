import { parseArguments } from './arguments.js';
import { type Command, UsageError } from './command.js';

const OPTIONS = {
  'data-source': { type: 'string', short: 'd' },
  database: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

const HELP = `Usage: nestjs-cache createcachetable -d <file> [table ...] [--database <name>] [--dry-run]

Creates the tables of database caches, with their indexes, or what is missing of them. A table that is
there already stays as it is, so the command may be part of every deployment.

Options:
  -d, --data-source <file>  A module that exports data sources of TypeORM, compiled, such as
                            dist/data-source.js. Required.
  --database <name>         The data source to create the tables in.
  --dry-run                 Print the SQL, and change nothing.
  -h, --help                Print this.

Which tables:
  Those that are named: my_cache_table, or schema.my_cache_table. Put a part that contains a dot between
  double quotes: '"my.table"'. With no name, those of all database caches among the exported caches; if
  the file exports none, the table cache_entries.

Which data source:
  The one that --database names. Without it, the one that the cache is configured with; otherwise the one
  that the exported routers give for writing; otherwise "default". A router that does not allow the table
  there (allowMigrate) has the last word: nothing is created, and the command succeeds.

What the file may export:
  DataSource objects, or promises of them. The name of the export is the name of the data source. The
  default export is "default", and so is one that is alone.
  caches        The object given to CacheModule.forRoot as "caches".
  routers       Its "routers": instances, or classes without dependencies.
  cacheOptions  Both in one object: { caches, routers }.

The data source is only connected: synchronize, migrationsRun and dropSchema are ignored.

Examples:
  npx nestjs-cache createcachetable -d dist/data-source.js
  npx nestjs-cache createcachetable -d dist/data-source.js my_cache_table --database primary
  npx nestjs-cache createcachetable -d dist/data-source.js --dry-run > cache-table.sql`;

export const createCacheTableCommand: Command = {
  name: 'createcachetable',
  summary: 'Create the tables of database caches',
  help: HELP,
  run: async (args, output) => {
    const { positionals: tables, values } = parseArguments(args, OPTIONS);
    const path = values['data-source'];
    if (path === undefined || path === '') {
      throw new UsageError(
        'createcachetable needs -d <file>, a module that exports a DataSource of TypeORM.',
      );
    }
    const { createCacheTables } = await import('./create-cache-tables.js');
    await createCacheTables(
      { path, tables, database: values.database, dryRun: values['dry-run'] ?? false },
      output,
    );
  },
};
