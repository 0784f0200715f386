// @ts-check
/**
 * A server with one page that is good for a second, whose handler takes 300 ms and writes the answer itself; many visitors, who come at a rate
 * and do not wait for each other:
 *
 *     node test/stress/stale-pages.mjs [--rate 500] [--seconds 10] [--handler-ms 300] [--timeout 1] [--platform express|fastify]
 *
 * Without --platform, one after the other. Exits with 1 if anybody but the first visitor waited for the handler, or if it ran while it was running, or
 * before its last answer had expired. Uses the built library.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { visit, visitAtRate } from './stale/visitors.mjs';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    'handler-ms': { type: 'string', default: '300' },
    timeout: { type: 'string', default: '1' },
    platform: { type: 'string' },
  },
});
const numbers = [options.rate, options.seconds, options['handler-ms'], options.timeout].map(Number);
const [rate, seconds, handlerMs, timeout] = /** @type {[number, number, number, number]} */ (numbers);
if (!numbers.every((number) => number > 0)) {
  console.error('--rate, --seconds, --handler-ms and --timeout are numbers above 0');
  process.exit(2);
}

/**
 * Counts the runs that were one too many: the page was still good, or another run was on its way.
 *
 * @param {readonly import('./stale/server.mjs').Run[]} runs
 */
function needless(runs) {
  return runs.filter((run, index) => {
    const previous = runs[index - 1];
    return previous && (previous.answered === 0 || run.began < previous.answered + timeout * 1000);
  }).length;
}

/** @param {string} platform */
async function measure(platform) {
  const task = { handlerMs, platform, staleWhileRevalidate: 60, timeout };
  const server = fork(fileURLToPath(new URL('stale/server.mjs', import.meta.url)), [JSON.stringify(task)]);
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`the server ended with code ${code}`);
  });
  ended.catch(() => undefined);
  const said = async () => (await Promise.race([once(server, 'message'), ended]))[0];
  try {
    const { port } = await said();
    const url = `http://127.0.0.1:${port}/page`;
    const first = await visit(url, new Agent());
    const visits = await visitAtRate(url, { rate, seconds });
    server.send('runs');
    const { runs } = await said();
    const waits = visits.map(({ waitMs }) => waitMs).toSorted((one, other) => one - other);
    const longest = waits.at(-1) ?? 0;
    const figures = {
      waited: visits.filter(({ isHit, waitMs }) => !isHit || waitMs >= handlerMs).length,
      wrong: visits.filter(({ isRight }) => !isRight).length,
      needless: needless(runs),
    };
    const expected = Math.floor((seconds * 1000) / (timeout * 1000 + handlerMs));
    console.log(
      `${platform}: ${visits.length} visitors at ${rate}/s after the first (${first.waitMs.toFixed(0)} ms): ${figures.waited} waited for the handler ` +
        `(${handlerMs} ms), the longest wait was ${longest.toFixed(1)} ms, the median ${(waits[waits.length >> 1] ?? 0).toFixed(1)} ms; ` +
        `${runs.length} runs of the handler in ${seconds} s, ${figures.needless} too many; ${figures.wrong} wrong answers`,
    );
    // A page that never was renewed would keep nobody waiting either.
    const isRenewed = runs.length > expected / 2;
    if (!isRenewed || Object.values(figures).some((count) => count > 0)) process.exitCode = 1;
  } finally {
    server.kill();
  }
}

for (const platform of options.platform ? [options.platform] : ['express', 'fastify'])
  await measure(platform);
