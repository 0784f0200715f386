import { startRedis } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

describeRedis('redis', async () => {
  const server = await startRedis();
  const location = `redis://${server.host}:${server.port}`;
  return { masters: [server], options: { location }, stop: () => server.stop() };
});
