import { startMemcached } from '../../test/support/servers/index.mjs';
import { compareBatches } from './batches.mjs';
import { comparePairing } from './compare.mjs';
import { openMemcached, openMemjs } from './memcached-clients.mjs';
import { openOurs } from './ours.mjs';

const TARGET = '≥ 2.5';

/** Compares on a memcached of its own. */
export async function compareOnMemcached(harness) {
  const server = await startMemcached();
  const address = `${server.host}:${server.port}`;
  try {
    const rows = [];
    for (const pairing of pairings(address)) rows.push(...(await comparePairing(harness, pairing)));
    rows.push(...(await compareBatches(harness, ours(address), () => openMemcached(address))));
    return rows;
  } finally {
    await server.stop();
  }
}

/** @returns {import('./compare.mjs').Pairing[]} */
function pairings(address) {
  const memcached = { theirs: () => openMemcached(address) };
  const memjs = { theirs: () => openMemjs(address) };
  return [
    { ...memcached, kind: 'text', ours: ours(address), target: TARGET },
    { ...memcached, kind: 'bytes', ours: ours(address), target: TARGET },
    { ...memcached, kind: 'object', ours: ours(address), target: TARGET },
    { ...memjs, kind: 'text', ours: ours(address) },
    { ...memcached, kind: 'text', ours: ours(address, 'memcached'), remark: 'client: memcached' },
    { ...memjs, kind: 'text', ours: ours(address, 'memjs'), remark: 'client: memjs' },
  ];
}

function ours(address, client = 'meta') {
  return () => openOurs({ backend: 'memcached', location: address, client });
}
