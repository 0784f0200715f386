import { createKeyv } from '@keyv/postgres';
import { BentoCache, bentostore } from 'bentocache';
import { knexDriver } from 'bentocache/drivers/knex';
import knex from 'knex';
import { unexpectedMiss } from '../../subjects/subject.mjs';
import { readAll, writeAll } from '../callers.mjs';
import { compareSides, withFilled } from '../compare.mjs';
import { keys, TIMEOUT_SECONDS, VALUES } from '../samples.mjs';
import { openOurs } from './ours.mjs';

/**
 * @typedef {import('./place.mjs').Place} Place
 * @typedef {import('../store-subject.mjs').StoreSubject & { getOrSet?: (key: string, factory: () => unknown) => Promise<unknown> }} Peer
 */

const CONNECTIONS = 10;

/** Compares with other caches in the same database. @param {Place} place */
export async function compareWithPeers(harness, place, callers) {
  const rows = [];
  for (const open of [openBentocache, openKeyv]) {
    const both = await withFilled(
      () => openOurs(place),
      VALUES.object,
      (ours) =>
        withFilled(
          () => open(place),
          VALUES.object,
          (peer) => comparePeer(harness, ours, peer, callers),
        ),
    );
    rows.push(...both);
  }
  return rows;
}

async function comparePeer(harness, ours, /** @type {Peer} */ peer, callers) {
  const compare = (label, side) => compareSides(harness, label, undefined, side(ours), side(peer));
  const rows = [
    await compare('get, object', ({ name, get }) => sideOf(name, () => readAll(get, keys, callers))),
    await compare('set, object', ({ name, set }) =>
      sideOf(name, () => writeAll(set, keys, VALUES.object, callers)),
    ),
  ];
  if (peer.getOrSet) {
    const hitting = ({ name, getOrSet }) =>
      sideOf(name, () => readAll((key) => getOrSet(key, unexpectedMiss), keys, callers));
    rows.push(await compare('getOrSet, object, all hits', hitting));
  }
  return rows;
}

function sideOf(name, walk) {
  return { name, walk, operations: keys.length };
}

/** Its driver for Kysely gives PostgreSQL a date where its own table has a number, so it is that for Knex. @param {Place} place @returns {Peer} */
function openBentocache(place) {
  const { host, port, username: user, database } = place.options();
  const connection = knex({
    client: 'pg',
    connection: { host, port, user, database },
    pool: { min: CONNECTIONS, max: CONNECTIONS },
  });
  const bento = new BentoCache({
    default: 'database',
    ttl: `${TIMEOUT_SECONDS}s`,
    stores: { database: bentostore().useL2Layer(knexDriver({ connection })) },
  });
  return {
    name: 'bentocache, Knex on pg',
    get: (key) => bento.get({ key }),
    set: (key, value) => bento.set({ key, value }),
    getOrSet: (key, factory) => bento.getOrSet({ key, factory }),
    close: () => bento.disconnectAll(),
  };
}

/** @param {Place} place @returns {Peer} */
function openKeyv(place) {
  const { host, port, username, database } = place.options();
  const keyv = createKeyv({ uri: `postgresql://${username}@${host}:${port}/${database}`, max: CONNECTIONS });
  keyv.on('error', (error) => console.error(error));
  return {
    name: 'Keyv, @keyv/postgres',
    get: (key) => keyv.get(key),
    set: (key, value) => keyv.set(key, value, TIMEOUT_SECONDS * 1000),
    close: () => keyv.disconnect(),
  };
}
