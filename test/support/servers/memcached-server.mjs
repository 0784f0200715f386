// @ts-check
import { userInfo } from 'node:os';
import { onMemcached } from './memcached-wire.mjs';
import { ServerProcess } from './server-process.mjs';

/**
 * Starts memcached on a free port, or on a unix socket in a folder of its own (`path`).
 *
 * @param {{ unixSocket?: boolean, args?: readonly string[] }} [options]
 * @returns {Promise<ServerProcess>}
 */
export function startMemcached({ unixSocket = false, args = [] } = {}) {
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
      ...args,
    ],
    probe: (place) =>
      onMemcached(place, async (wire) => {
        const answer = await wire.ask('version\r\n');
        if (!answer.startsWith('VERSION')) throw new Error(`memcached answers ${answer}`);
      }),
  });
}
