import { onRedis } from '../../test/support/servers/index.mjs';
import { prove } from './proof.mjs';

/** @typedef {import('./server.mjs').PageServer} PageServer */

const HITS = 500;

/**
 * Counts what a Redis is asked for while pages are hits, one after the other.
 *
 * @param {PageServer} server
 * @param {import('./proof.mjs').Kind} kind
 * @param {import('../../test/support/servers/index.mjs').ServerProcess} redis
 * @returns the commands by name
 */
export async function commandsOfHits(server, kind, redis) {
  await prove(server, kind);
  return onRedis(redis, async (wire) => {
    await wire.command('CONFIG', 'RESETSTAT');
    for (let hit = 0; hit < HITS; hit++)
      await (await fetch(`http://127.0.0.1:${server.port}/${kind}`)).text();
    const counts = [
      ...String(await wire.command('INFO', 'commandstats')).matchAll(/^cmdstat_(.+?):calls=(\d+)/gm),
    ];
    // Redis counts what asks for the figures as well.
    const commands = counts.filter(([, name]) => name !== 'config|resetstat' && name !== 'info');
    await prove(server, kind);
    return commands.map(([, name, calls]) => ({ name, calls: Number(calls) }));
  });
}

/** @throws {Error} unless each hit took one command */
export async function assertOneRoundTrip(server, kind, redis) {
  const commands = await commandsOfHits(server, kind, redis);
  if (commands.length === 1 && commands[0].calls === HITS) return commands[0].name;
  throw new Error(
    `${HITS} hits took ${JSON.stringify(commands)} of Redis, where one command each was promised.`,
  );
}
