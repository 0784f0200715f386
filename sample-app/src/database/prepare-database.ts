import { existsSync } from 'node:fs';
import { access, constants, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../entities/entities.js';
import type { Settings } from '../start/settings.js';
import { codeOf, messageOf, StartUpError } from '../start/start-up-error.js';
import { readDataSets } from './data-sets.js';
import { loadData } from './load-data.js';
import type { Progress } from './progress.js';

/**
 * Makes sure that the database is there and complete. It is filled in a file of another name, which takes its place in one step, so
 * a process killed half-way leaves no half-filled database.
 *
 * @throws {StartUpError} if it can be neither used nor made
 */
export async function prepareDatabase(
  { database, dataSets }: Pick<Settings, 'database' | 'dataSets'>,
  progress: Progress,
): Promise<void> {
  if (existsSync(database)) {
    progress.say(`Using the database ${database} (${await checkDatabase(database)}).`);
    return;
  }
  const data = await readDataSets(dataSets);
  progress.say(`First start: filling the database ${database} from the data sets.`);
  try {
    await mkdir(dirname(database), { recursive: true });
    await removeAbandonedLoads(database);
    await fill(database, (source) => loadData(source, data, progress));
  } catch (error) {
    throw new StartUpError(
      `The database ${database} cannot be written (${reasonNotToWrite(error)}); set DATABASE to a file in a folder where this user may write.`,
      { cause: error },
    );
  }
}

async function fill(database: string, load: (source: DataSource) => Promise<void>): Promise<void> {
  const unfinished = unfinishedName(database, process.pid);
  const source = sourceOf(unfinished);
  try {
    await source.setOptions({ synchronize: true }).initialize();
    await load(source);
    await source.destroy();
    await flushToDisk(unfinished);
    await rename(unfinished, database);
  } catch (error) {
    if (source.isInitialized) await source.destroy();
    await rm(unfinished, { force: true });
    throw error;
  }
}

function sourceOf(database: string): DataSource {
  return new DataSource({ type: 'better-sqlite3', database, entities: ENTITIES });
}

/** Returns what is in a database, in words. */
async function checkDatabase(database: string): Promise<string> {
  const source = sourceOf(database);
  try {
    await access(database, constants.R_OK | constants.W_OK);
    await source.initialize();
    const [check] = await source.query<{ quick_check: string }[]>('PRAGMA quick_check(1)');
    if (check?.quick_check !== 'ok') throw new Error(check?.quick_check);
    const [count] = await source.query<{ films: number; flights: number }[]>(
      // With a column that came last: what was filled before that is of no use.
      'SELECT (SELECT count(version) FROM film) AS films, (SELECT count(*) FROM flight) AS flights',
    );
    return `${count!.films.toLocaleString('en')} films, ${count!.flights.toLocaleString('en')} flights`;
  } catch (error) {
    throw new StartUpError(problemWith(database, error), { cause: error });
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

function reasonNotToWrite(error: unknown): string {
  // A folder is wanted where a file lies; the system's own words for it vary and puzzle.
  const isUnderFile = codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTDIR';
  return isUnderFile ? 'a part of its path is a file, not a folder' : messageOf(error);
}

function problemWith(database: string, error: unknown): string {
  if (codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS')
    return `The database ${database} is not writable for this user; change its rights or set DATABASE to another file.`;
  return (
    `The database ${database} is damaged or not of this application (${messageOf(error)}); delete the file to have ` +
    'it filled anew from the data sets, which forgets all edits, or set DATABASE to another file.'
  );
}

function unfinishedName(database: string, processId: number | string): string {
  return `${database}.loading-${processId}`;
}

/** Removes what processes left that were killed while they loaded. */
async function removeAbandonedLoads(database: string): Promise<void> {
  const beginning = basename(unfinishedName(database, ''));
  for (const name of await readdir(dirname(database))) {
    if (!name.startsWith(beginning)) continue;
    const processId = Number.parseInt(name.slice(beginning.length), 10);
    // A process number may have been given anew: to this one, of all.
    if (processId === process.pid || !isAlive(processId))
      await rm(join(dirname(database), name), { force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function flushToDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync();
  await handle.close();
}
