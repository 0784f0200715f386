import { describeMemcached } from './memcached-harness.js';

// How keys are spread does not depend on how they are built.
describeMemcached(
  'memcached by meta commands, on three servers,',
  { client: 'meta', servers: 3 },
  { variants: ['default', 'ownKeys'], modelRuns: 15 },
);
