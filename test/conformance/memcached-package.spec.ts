import { describeMemcached } from './memcached-harness.js';

describeMemcached('memcached through the package memcached', { client: 'memcached' }, { modelRuns: 15 });
