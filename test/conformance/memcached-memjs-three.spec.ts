import { describeMemcached } from './memcached-harness.js';

// How keys are spread does not depend on how they are built.
describeMemcached(
  'memcached through the package memjs, on three servers,',
  { client: 'memjs', servers: 3 },
  { variants: ['default', 'ownKeys'], modelRuns: 5 },
);
