import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DataSourceLike, isDataSource } from '../backends/database/connections/data-source.js';
import type { CacheRouter } from '../backends/database/routing/cache-router.js';
import { DEFAULT_DATA_SOURCE } from '../backends/database/routing/cache-router.service.js';
import type { CacheConfiguration } from '../cache/cache-options.js';
import { show } from '../core/show.js';
import { CommandError } from './command.js';
import { reasonOf } from './reason.js';
import { routersOf } from './routers.js';

export type Caches = Readonly<Record<string, CacheConfiguration>>;

/** What a file given by `-d` exports. */
export interface DataSourceFile {
  /** By the names of their exports; `default` is the default export, or the only one. */
  readonly dataSources: Readonly<Record<string, DataSourceLike>>;
  /** Undefined if it says nothing of caches. */
  readonly caches: Caches | undefined;
  readonly routers: readonly CacheRouter[];
}

/** @throws {CommandError} if it cannot be loaded or has no data source */
export async function readDataSourceFile(path: string): Promise<DataSourceFile> {
  const exported = await settled(exportsOf(await load(path)), path);
  const dataSources = namedDataSources(exported);
  if (Object.keys(dataSources).length === 0) {
    const names = Object.keys(exported);
    throw new CommandError(
      `${path} exports no DataSource of TypeORM${names.length === 0 ? '' : `, only ${names.join(', ')}`}.`,
    );
  }
  const { cacheOptions } = exported;
  const options = isPlain(cacheOptions) ? cacheOptions : {};
  return {
    dataSources,
    caches: cachesOf(exported.caches ?? options.caches, path),
    routers: routersOf(exported.routers ?? options.routers, path),
  };
}

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  const full = resolve(path);
  if (!existsSync(full)) throw new CommandError(`There is no file ${full}.`);
  try {
    return (await import(pathToFileURL(full).href)) as Record<string, unknown>;
  } catch (error) {
    const isTypeScript =
      (error as { readonly code?: unknown } | undefined)?.code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw new CommandError(
      isTypeScript
        ? `${path} cannot be loaded, since this Node.js runs no TypeScript; give the compiled file.`
        : `${path} cannot be loaded: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** Of a CommonJS module the default export is an object of all exports, of which Node finds some. */
function exportsOf(module: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { default: fallback, ...named } = module;
  if (fallback === undefined) return named;
  return isPlain(fallback) ? { ...named, ...fallback } : { ...named, default: fallback };
}

/** TypeORM allows a promise of a data source, too. All are waited for at once: none may fail unheard. */
async function settled(
  exported: Readonly<Record<string, unknown>>,
  path: string,
): Promise<Record<string, unknown>> {
  const names = Object.keys(exported);
  const outcomes = await Promise.allSettled(Object.values(exported));
  return Object.fromEntries(
    outcomes.map((outcome, index) => {
      const name = names[index]!;
      if (outcome.status === 'fulfilled') return [name, outcome.value];
      throw new CommandError(`The export ${name} of ${path} failed: ${reasonOf(outcome.reason)}`);
    }),
  );
}

function namedDataSources(exported: Readonly<Record<string, unknown>>): Record<string, DataSourceLike> {
  const found = Object.entries(exported).filter((entry): entry is [string, DataSourceLike] =>
    isDataSource(entry[1]),
  );
  const dataSources = Object.fromEntries(found);
  const [only, ...others] = new Set(Object.values(dataSources));
  if (only && others.length === 0) dataSources[DEFAULT_DATA_SOURCE] = only;
  return dataSources;
}

function cachesOf(caches: unknown, path: string): Caches | undefined {
  if (caches === undefined || isPlain(caches)) return caches as Caches | undefined;
  throw new CommandError(
    `The caches of ${path} must be an object of alias and configuration; got ${show(caches)}.`,
  );
}

/** Of this realm, or another: a module may have been made by a loader. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDataSource(value);
}
