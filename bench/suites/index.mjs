/**
 * The suites by name. A suite is a module with `run(harness)`; where it has parts, `--only` runs one of them.
 *
 * @typedef {import('../harness.mjs').Harness} Harness
 * @type {Record<string, { about: string, parts?: string[], pace?: import('../harness.mjs').Pace, load: () => Promise<{ run: (harness: Harness) => Promise<void> }> }>}
 */
export const SUITES = {
  values: {
    about: 'get, set, getOrSet and getMany in memory, against other caches',
    load: () => import('./values.mjs'),
  },
  codec: {
    about: 'the form in which values are stored, against other forms: speed, size, fidelity, hostile bytes',
    load: () => import('./codec.mjs'),
  },
  stores: {
    about: 'get, set and getMany on real servers and databases, against their clients used directly',
    parts: ['redis', 'memcached', 'postgres', 'mariadb', 'sqlite'],
    // Servers are less steady than memory. And a collection makes the engine drop optimised code: the 8,000 operations after one
    // cost up to three times as much, which is most of a round here.
    pace: { stretch: 4, collects: false },
    load: () => import('./stores.mjs'),
  },
  pages: {
    about: 'whole pages over HTTP, against the CacheInterceptor of @nestjs/cache-manager and no cache at all',
    parts: ['express', 'fastify', 'redis', 'early'],
    // The servers are processes of their own; collecting the garbage of the load would only let them wait.
    pace: { stretch: 5, collects: false },
    load: () => import('./pages.mjs'),
  },
};
