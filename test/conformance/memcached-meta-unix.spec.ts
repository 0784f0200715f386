import { describeMemcached } from './memcached-harness.js';

// What differs is how connections begin.
describeMemcached(
  'memcached by meta commands, on a unix socket,',
  { client: 'meta', unixSocket: true },
  { variants: ['prefixed'], modelRuns: 5 },
);
