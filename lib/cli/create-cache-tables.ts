import { type CacheTableReport, createCacheTable } from '../backends/database/table/create-cache-table.js';
import { parseTableName } from '../backends/database/table/table-name.js';
import { type CacheTableTarget, cacheTableTargets, type Wanted } from './cache-table-targets.js';
import type { Output } from './command.js';
import { readDataSourceFile } from './data-source-file.js';
import { closeDataSources, openDataSource } from './open-data-source.js';

export interface Creation extends Wanted {
  /** The module that exports data sources. */
  readonly path: string;
  readonly dryRun: boolean;
}

/** Creates what is missing of the tables, and closes all data sources. */
export async function createCacheTables(creation: Creation, output: Output): Promise<void> {
  const { dryRun, path } = creation;
  const file = await readDataSourceFile(path);
  const opened = new Set(Object.values(file.dataSources));
  try {
    const targets = await cacheTableTargets(file, creation);
    if (targets.length === 0) output.complain(`No cache of ${path} is on a database.`);
    for (const target of targets) {
      opened.add(target.dataSource);
      await create(target, dryRun, output);
    }
  } finally {
    await closeDataSources(opened);
  }
}

async function create(target: CacheTableTarget, dryRun: boolean, output: Output): Promise<void> {
  const { dataSource, isAllowed, shown, table } = target;
  if (!isAllowed) {
    const comment = dryRun ? '-- ' : '';
    return output.print(
      `${comment}Table ${quoted(table)} is not created in ${shown}: a router does not allow it.`,
    );
  }
  await openDataSource(dataSource, shown);
  const report = await createCacheTable(dataSource, table, { dryRun });
  (dryRun ? printPlan : printReport)(target, report, output);
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
