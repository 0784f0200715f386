import { type CacheTableReport, createCacheTable } from '../backends/database/table/create-cache-table.js';
import { parseTableName } from '../backends/database/table/table-name.js';
import { parseArguments } from './arguments.js';
import { type CacheTableTarget, cacheTableTargets } from './cache-table-targets.js';
import { type Command, type Output, UsageError } from './command.js';
import { readDataSourceFile } from './data-source-file.js';
import { closeDataSources, openDataSource } from './open-data-source.js';

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
    const file = await readDataSourceFile(path);
    const opened = new Set(Object.values(file.dataSources));
    try {
      const targets = await cacheTableTargets(file, { tables, database: values.database });
      const print = values['dry-run'] ? printPlan : printReport;
      if (targets.length === 0) output.complain(`No cache of ${path} is on a database.`);
      for (const target of targets) {
        opened.add(target.dataSource);
        await create(target, { dryRun: values['dry-run'], print, output });
      }
    } finally {
      await closeDataSources(opened);
    }
  },
};

interface Creating {
  readonly dryRun: boolean | undefined;
  readonly output: Output;
  print(target: CacheTableTarget, report: CacheTableReport, output: Output): void;
}

async function create(target: CacheTableTarget, { dryRun, output, print }: Creating): Promise<void> {
  if (!target.isAllowed) {
    const comment = dryRun ? '-- ' : '';
    return output.print(
      `${comment}Table ${quoted(target.table)} is not created in ${target.shown}: a router does not allow it.`,
    );
  }
  await openDataSource(target.dataSource, target.shown);
  const report = await createCacheTable(target.dataSource, target.table, { dryRun });
  print(target, report, output);
  for (const warning of report.warnings) output.complain(`Warning: ${warning}`);
}

function printReport(target: CacheTableTarget, report: CacheTableReport, output: Output): void {
  const { shown, table } = target;
  const { created, existing } = report;
  const isThere = existing.includes(parseTableName(table, 'createcachetable').table);
  if (!isThere) return output.print(`Table ${quoted(table)} created in ${shown}.`);
  output.print(`Table ${quoted(table)} already exists in ${shown}.`);
  for (const index of created) output.print(`Index ${quoted(index)} of table ${quoted(table)} created.`);
}

/** SQL, and the rest as comments. */
function printPlan(
  { shown, table }: CacheTableTarget,
  { statements }: CacheTableReport,
  output: Output,
): void {
  if (statements.length === 0) return output.print(`-- Table ${quoted(table)} already exists in ${shown}.`);
  output.print(`-- Table ${quoted(table)} in ${shown}:`);
  for (const statement of statements) output.print(`${statement};`);
}

/** As in JSON, so that a line stays a line. */
function quoted(name: string): string {
  return JSON.stringify(name);
}
