import { afterAll, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { startRedis } from '../support/servers/index.mjs';
import { describeRedis } from './redis-harness.js';

let client: ReturnType<typeof createClient> | undefined;

afterAll(() => client?.destroy());

describeRedis(
  'redis through a client of the user',
  async () => {
    const server = await startRedis();
    const given = createClient({ url: `redis://${server.host}:${server.port}` });
    client = given as typeof client;
    given.on('error', () => {});
    await given.connect();
    return { masters: [server], options: { location: given }, stop: () => server.stop() };
  },
  // What differs is who makes the connection.
  { variants: ['default', 'secondVersion'], modelRuns: 15 },
);

it('leaves the client of the user open, and as it was', async () => {
  expect(client?.isReady).toBe(true);
  await client?.set('text', 'as text');
  expect(await client?.get('text')).toBe('as text');
});
