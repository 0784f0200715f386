import { describeMemcached } from './memcached-harness.js';

describeMemcached('memcached by meta commands', { client: 'meta' });
