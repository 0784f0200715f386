import { startRedisReplicas } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

describeRedis(
  'redis with replicas',
  async () => {
    const { leader, servers, caughtUp, stop } = await startRedisReplicas({ replicas: 2 });
    const location = servers.map(({ host, port }) => `redis://${host}:${port}`);
    return { masters: [leader], options: { location }, caughtUp, stop };
  },
  // Every move of the time waits for the replicas, and they know nothing of how keys are built.
  { variants: ['prefixed', 'ownKeys'], modelRuns: 15 },
);
