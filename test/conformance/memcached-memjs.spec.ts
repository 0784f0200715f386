import { describeMemcached } from './memcached-harness.js';

describeMemcached('memcached through the package memjs', { client: 'memjs' }, { modelRuns: 15 });
