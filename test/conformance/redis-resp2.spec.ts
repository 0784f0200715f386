import { startRedis } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

describeRedis(
  'redis, by RESP 2,',
  async () => {
    const server = await startRedis();
    const location = `redis://${server.host}:${server.port}/3`;
    return { masters: [server], database: 3, options: { location, protocol: 2 }, stop: () => server.stop() };
  },
  // What differs is the form of answers, not that of keys.
  { variants: ['default', 'ownKeys'], modelRuns: 15 },
);
