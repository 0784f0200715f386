import { startRedisCluster } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

describeRedis(
  'redis cluster',
  async () => {
    const { servers, stop } = await startRedisCluster({ masters: 3 });
    const cluster = servers.map(({ host, port }) => `redis://${host}:${port}`);
    return { masters: servers, options: { location: { cluster } }, stop };
  },
  // How keys are spread does not depend on how they are built, and everything has to be done on three servers.
  { variants: ['default', 'ownKeys'], modelRuns: 15 },
);
