import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CacheConfiguration } from 'nestjs-cache-framework';
import { StartUpError } from './start-up-error.js';

/** All that the environment decides. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** The file of the database. */
  readonly database: string;
  /** The folder with the data sets that fill the database at the first start. */
  readonly dataSets: string;
  readonly caches: Record<'default' | 'pages', CacheConfiguration>;
  /** Signs the cookies of visitors. A new one per start ends their sessions. */
  readonly sessionSecret: string | Buffer;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_DATABASE = fileURLToPath(new URL('../../data/films.sqlite', import.meta.url));

/** @throws {StartUpError} for a variable that cannot be used */
export function readSettings(env: Environment): Settings {
  const url = env['CACHE_URL'] || 'memory://';
  return {
    port: readPort(env['PORT'] || '3000'),
    // This machine alone: anybody who reaches the site may edit films and clear caches.
    host: env['HOST'] || '127.0.0.1',
    database: resolve(env['DATABASE'] || DEFAULT_DATABASE),
    dataSets: env['DATASETS'] ? resolve(env['DATASETS']) : installedDataSets(),
    caches: { default: withKeyPrefix(url, 'default'), pages: withKeyPrefix(url, 'pages') },
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

/** Two caches on one store (a folder, a server) are kept apart by the beginning of their keys. */
function withKeyPrefix(url: string, alias: string): string {
  // What is no URL goes to the library as it is, which says what is wrong with it.
  if (!url.includes('://')) return url;
  const [location = '', query = ''] = url.split(/\?(.*)/s);
  const options = new URLSearchParams(query);
  const given = options.get('keyPrefix');
  options.set('keyPrefix', given ? `${given}-${alias}` : alias);
  return `${location}?${options.toString()}`;
}
