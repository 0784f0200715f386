import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { CONNECTIONS } from './load.mjs';

/** As a browser asks, with three fields that pages may vary on. */
export const FIELDS = {
  Accept: 'text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8',
  'Accept-Language': 'en-US,en;q=0.5',
  'X-Currency': 'EUR',
};

const DURATION = '1s';

/** @throws {Error} that says what to do where wrk is missing */
export function assertWrk() {
  if (spawnSync('wrk', ['--version']).error) {
    throw new Error(
      'The part "early" needs wrk, since a client of Node takes longer to read an answer than Node to write it: apt-get install wrk',
    );
  }
}

/**
 * Asks for a page for a second, over connections that stay. Returns the number of answers; rejects if one was not a success.
 *
 * @param {number} port
 * @param {string} path
 */
export async function runWrk(port, path) {
  const fields = Object.entries(FIELDS).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const url = `http://127.0.0.1:${port}${path}`;
  const child = spawn('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${DURATION}`, ...fields, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  await once(child, 'close');
  const [, requests] = /(\d+) requests in/.exec(said) ?? [];
  if (requests === undefined || /Socket errors|Non-2xx/.test(said))
    throw new Error(`wrk on ${url}:\n${said}`);
  return Number(requests);
}
