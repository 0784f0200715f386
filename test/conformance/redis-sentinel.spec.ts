import { startRedisSentinel } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

describeRedis(
  'redis behind sentinels',
  async () => {
    const { leader, sentinels, name, caughtUp, stop } = await startRedisSentinel({ sentinels: 3 });
    const nodes = sentinels.map(({ host, port }) => ({ host, port }));
    return { masters: [leader], options: { location: { sentinel: { name, nodes } } }, caughtUp, stop };
  },
  // What differs is how the leader is found, which takes its time whenever caches are opened.
  { variants: ['default', 'ownKeys'], modelRuns: 15 },
);
