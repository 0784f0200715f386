import type { BackendDefinition } from './backend-definition.js';
import { databaseDefinition } from './database/database-definition.js';
import { dummyDefinition } from './dummy-definition.js';
import { fileDefinition } from './file/file-definition.js';
import { memcachedDefinition } from './memcached/memcached-definition.js';
import { memoryDefinition } from './memory/memory-definition.js';
import { redisDefinition } from './redis/redis-definition.js';

/** The backends that come with the library. A new one is a line here. */
const definitions = [
  memoryDefinition,
  fileDefinition,
  redisDefinition,
  memcachedDefinition,
  databaseDefinition,
  dummyDefinition,
] as readonly BackendDefinition[];

/** The backends by name; one that has several schemes in URLs is found under each. */
export const backendRegistry: ReadonlyMap<string, BackendDefinition> = new Map(
  definitions.flatMap((definition) =>
    [definition.name, ...(definition.otherSchemes ?? [])].map((name) => [name, definition] as const),
  ),
);
