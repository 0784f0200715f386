import { startRedis } from '../../test/support/servers/index.mjs';
import { compareBatches } from './batches.mjs';
import { comparePairing, withFilled } from './compare.mjs';
import * as nodeRedis from './node-redis.mjs';
import { openOurs } from './ours.mjs';
import { keys, VALUES } from './samples.mjs';

const TARGET = '≥ 0.9';

/** Compares on a Redis of its own. */
export async function compareOnRedis(harness) {
  const server = await startRedis();
  const url = `redis://${server.host}:${server.port}`;
  try {
    const rows = [];
    for (const pairing of await pairings(url)) rows.push(...(await comparePairing(harness, pairing)));
    rows.push(...(await compareBatches(harness, ours(url), () => nodeRedis.openTexts(url))));
    return rows;
  } finally {
    await server.stop();
  }
}

/** @returns {Promise<import('./compare.mjs').Pairing[]>} */
async function pairings(url) {
  const common = { ours: ours(url) };
  return [
    { ...common, kind: 'text', theirs: () => nodeRedis.openTexts(url), target: TARGET },
    { ...common, kind: 'bytes', theirs: () => nodeRedis.openBytes(url), target: TARGET },
    { ...common, kind: 'object', theirs: () => nodeRedis.openJson(url), target: TARGET },
    {
      ...common,
      kind: 'text',
      theirs: async () => ({
        ...(await nodeRedis.openBytes(url)),
        name: 'node-redis, our payload as Buffer',
      }),
      theirValues: await payloadsOn(url),
      target: TARGET,
    },
    { ...common, kind: 'text', theirs: () => nodeRedis.openUnlimitedTexts(url) },
  ];
}

/** Returns the bytes that our keys of texts hold on the server. */
function payloadsOn(url) {
  return withFilled(ours(url), VALUES.text, async () => {
    const client = await nodeRedis.openBytes(url);
    const payloads = await Promise.all(keys.map((key) => client.get(`:1:${key}`)));
    client.close();
    return payloads;
  });
}

function ours(url) {
  return () => openOurs({ backend: 'redis', location: url });
}
