import type { DataSource, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';
import { Director } from '../entities/director.entity.js';
import { Film } from '../entities/film.entity.js';
import { Flight } from '../entities/flight.entity.js';
import type { DataSets } from './data-sets.js';
import type { Progress } from './progress.js';

/** Rows per INSERT. SQLite takes 32,766 values in one statement. */
const BATCH = 1000;

/** Fills an empty database. It is made beside its place and moved there when complete, so nothing need be undone on a failure. */
export async function loadData(database: DataSource, data: DataSets, progress: Progress): Promise<void> {
  const runner = database.createQueryRunner();
  // Nothing is lost with an incomplete file, so SQLite need not write everything twice.
  await runner.query('PRAGMA journal_mode = OFF');
  await runner.query('PRAGMA synchronous = OFF');
  await insertAll(runner, Director, data.directors, () => undefined);
  await withProgress(runner, Film, data.films, 'films', progress);
  await withProgress(runner, Flight, data.flights, 'flights', progress);
  await runner.release();
}

async function withProgress(
  runner: QueryRunner,
  entity: EntityTarget<ObjectLiteral>,
  rows: readonly ObjectLiteral[],
  label: string,
  progress: Progress,
): Promise<void> {
  progress.begin(label, rows.length);
  await insertAll(runner, entity, rows, (done) => progress.reach(done));
}

/** One transaction with a statement per batch: the entity manager would take ten times as long for as many rows. */
async function insertAll(
  runner: QueryRunner,
  entity: EntityTarget<ObjectLiteral>,
  rows: readonly ObjectLiteral[],
  onProgress: (done: number) => void,
): Promise<void> {
  const { columns, tableName } = runner.connection.getMetadata(entity);
  const names = Object.keys(rows[0] ?? {});
  const given = columns.filter(({ propertyName }) => names.includes(propertyName));
  const head = `INSERT INTO "${tableName}" (${given.map((column) => `"${column.databaseName}"`).join(', ')}) VALUES `;
  const marks = `(${given.map(() => '?').join(', ')})`;
  await runner.startTransaction();
  for (let done = 0; done < rows.length; done += BATCH) {
    const batch = rows.slice(done, done + BATCH);
    const values = batch.flatMap((row) => given.map(({ propertyName }) => row[propertyName] as unknown));
    await runner.query(head + batch.map(() => marks).join(', '), values);
    onProgress(done + batch.length);
  }
  await runner.commitTransaction();
}
