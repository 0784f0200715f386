import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CachePlace, readCacheUrl } from '../caches/cache-url.js';
import { StartUpError } from './start-up-error.js';

/** All that the environment decides. */
export interface Settings extends CachePlace {
  readonly port: number;
  readonly host: string;
  /** The file of the database. */
  readonly database: string;
  /** The folder with the data sets that fill the database at the first start. */
  readonly dataSets: string;
  /** Signs the cookies of visitors. A new one per start ends their sessions. */
  readonly sessionSecret: string | Buffer;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_DATABASE = fileURLToPath(new URL('../../data/films.sqlite', import.meta.url));

/** @throws {StartUpError} for a variable that cannot be used */
export function readSettings(env: Environment): Settings {
  return {
    port: readPort(env['PORT'] || '3000'),
    // This machine alone: anybody who reaches the site may edit films and clear caches.
    host: env['HOST'] || '127.0.0.1',
    database: resolve(env['DATABASE'] || DEFAULT_DATABASE),
    dataSets: env['DATASETS'] ? resolve(env['DATASETS']) : installedDataSets(),
    ...readCacheUrl(env['CACHE_URL'] || 'memory://'),
    sessionSecret: env['SESSION_SECRET'] || randomBytes(32),
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new StartUpError(
    `PORT must be a whole number from 0 to 65535 (0 picks a free port); it is ${JSON.stringify(text)}.`,
  );
}

function installedDataSets(): string {
  try {
    const entry = fileURLToPath(import.meta.resolve('vega-datasets'));
    return join(dirname(entry), '..', 'data');
  } catch {
    throw new StartUpError('The package "vega-datasets" with the data sets is not installed; run `npm ci`.');
  }
}
