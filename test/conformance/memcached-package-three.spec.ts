import { describeMemcached } from './memcached-harness.js';

// How keys are spread does not depend on how they are built.
describeMemcached(
  'memcached through the package memcached, on three servers,',
  { client: 'memcached', servers: 3 },
  { variants: ['default', 'ownKeys'], modelRuns: 5 },
);
