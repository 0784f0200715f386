// @ts-check
import { userInfo } from 'node:os';
import { certificatePath, certified } from '../certificates/index.mjs';
import { onMemcached } from './memcached-wire.mjs';
import { ServerProcess } from './server-process.mjs';

/**
 * Starts memcached on a free port, or on a unix socket in a folder of its own (`path`).
 *
 * @param {{ unixSocket?: boolean, tls?: 'server' | 'both', args?: readonly string[] }} [options] `tls`: who shows a certificate; without it
 *   nothing is encrypted
 * @returns {Promise<ServerProcess>}
 */
export function startMemcached({ unixSocket = false, tls, args = [] } = {}) {
  return ServerProcess.start({
    command: 'memcached',
    unixSocket,
    args: ({ host, port, path }) => [
      // It refuses to run as root unless it is told to.
      '-u',
      userInfo().username,
      '-t',
      '2',
      ...(path === undefined ? ['-l', host, '-p', String(port)] : ['-s', path]),
      ...(tls ? tlsArgs(tls) : []),
      ...args,
    ],
    probe: (place) =>
      onMemcached({ ...place, tls: tls && certified }, async (wire) => {
        const answer = await wire.ask('version\r\n');
        if (!answer.startsWith('VERSION')) throw new Error(`memcached answers ${answer}`);
      }),
  });
}

/**
 * @param {'server' | 'both'} tls
 * @returns {string[]}
 */
function tlsArgs(tls) {
  const settings = {
    ssl_chain_cert: certificatePath('server.pem'),
    ssl_key: certificatePath('server.key'),
    ssl_ca_cert: certificatePath('authority.pem'),
    ssl_verify_mode: tls === 'both' ? 2 : 0,
  };
  const list = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return ['-Z', '-o', list.join(',')];
}
