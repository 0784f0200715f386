import { startRedis } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

describeRedis(
  'redis with a password',
  async () => {
    const password = 'p@ss:w/rd %41';
    const server = await startRedis({ password });
    const location = `redis://:${encodeURIComponent(password)}@${server.host}:${server.port}`;
    return { masters: [server], password, options: { location }, stop: () => server.stop() };
  },
  // What differs is how connections begin.
  { variants: ['prefixed'], modelRuns: 5 },
);
