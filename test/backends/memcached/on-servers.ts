import type { EpochMs } from '../../../lib/core/clock.js';
import type { CacheBackend } from '../../../lib/backends/cache-backend.js';
import {
  memcachedDefinition,
  type MemcachedOptions,
} from '../../../lib/backends/memcached/memcached-definition.js';
import { locationFromOption } from '../../../lib/backends/memcached/memcached-location.js';
import type { MemcachedBackend } from '../../../lib/backends/memcached/memcached-backend.js';
import { backendContext } from '../../support/backend-context.js';
import { FakeClock } from '../../support/fake-clock.js';

export interface Opened {
  readonly backend: MemcachedBackend;
  readonly clock: FakeClock;
  readonly losses: string[];
}

/** Opens a backend as a process of its own would. */
export async function openOn(
  location: unknown,
  options: Partial<MemcachedOptions> = {},
  scope = 'scope',
): Promise<Opened> {
  const clock = new FakeClock();
  const losses: string[] = [];
  const context = backendContext({ scope, clock, lost: (name: string) => losses.push(name) });
  const backend = memcachedDefinition.create(
    context,
    options,
    locationFromOption(location),
  ) as MemcachedBackend;
  await backend.open();
  return { backend, clock, losses };
}

export async function textAt(backend: CacheBackend, key: string): Promise<string | undefined> {
  return (await backend.read(key))?.payload.toString('latin1');
}

export async function store(
  backend: CacheBackend,
  key: string,
  text: string,
  expiresAt: EpochMs | null = null,
): Promise<void> {
  await backend.write(key, Buffer.from(text, 'latin1'), expiresAt);
}
