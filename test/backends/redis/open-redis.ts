import type { BackendContext } from '../../../lib/index.js';
import type { RedisOptions } from '../../../lib/backends/redis/connect-servers.js';
import { redisDefinition } from '../../../lib/backends/redis/redis-definition.js';
import type { RedisBackend } from '../../../lib/backends/redis/redis-backend.js';
import { backendContext } from '../../support/backend-context.js';

/** A backend as a cache has it, with a note of what it told. */
export interface OpenRedis {
  readonly backend: RedisBackend;
  readonly lost: { readonly server: string; readonly reason: unknown }[];
  readonly unreadable: string[];
}

interface Given extends Partial<Omit<BackendContext, 'options'>> {
  readonly options?: Partial<RedisOptions>;
}

const opened: RedisBackend[] = [];

export function makeRedis(location: unknown, { options = {}, ...given }: Given = {}): OpenRedis {
  const lost: OpenRedis['lost'][number][] = [];
  const unreadable: string[] = [];
  const context = backendContext({
    ...keysOf(''),
    unreadable: (key) => unreadable.push(key),
    lost: (server, reason) => lost.push({ server, reason }),
    ...given,
    options: {},
  });
  const where = redisDefinition.locationFromOption!(location);
  const backend = redisDefinition.create(context, options, where) as RedisBackend;
  opened.push(backend);
  return { backend, lost, unreadable };
}

export async function openRedis(location: unknown, given?: Given): Promise<OpenRedis> {
  const made = makeRedis(location, given);
  await made.backend.open();
  return made;
}

/** Closes all that a test has opened. */
export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((backend) => backend.close()));
}

/** What the context of a cache with the default key function says of its keys. */
export function keysOf(prefix: string, version = 1): Pick<BackendContext, 'scope' | 'keys'> {
  return { scope: JSON.stringify([prefix, version]), keys: { prefix, version, isDefault: true } };
}

/** As `keysOf`, for a cache with a key function of its own. */
export function ownKeysOf(
  alias: string,
  prefix = '',
  version = 1,
): Pick<BackendContext, 'scope' | 'keys' | 'alias'> {
  return {
    alias,
    scope: JSON.stringify([prefix, version, alias]),
    keys: { prefix, version, isDefault: false },
  };
}

export const bytes = (text: string): Buffer => Buffer.from(text);
