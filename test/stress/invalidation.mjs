// @ts-check
/**
 * Several processes read and invalidate the same films, in caches on one Redis:
 *
 *     node test/stress/invalidation.mjs [--processes 4] [--seconds 15] [--films 12] [--lanes 16] [--seed 1] [--framework nestjs-cache-framework]
 *
 * Each film has a version, which only its owner raises; then the owner invalidates the film, by a tag or by its key, and once that is acknowledged it says so. Whoever
 * reads a film asks first which version was acknowledged: the cache must not answer with an older one. Stamps and entries are evicted, and
 * caches cleared, at random. Exits with 1 if an answer was too old, or if something failed. Who does what is decided by the seed; who
 * comes first, by the machine. Uses the built library.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '../support/servers/index.mjs';

/** @typedef {import('./invalidation/visitor.mjs').Task} Task */
/** @typedef {import('./invalidation/visitor.mjs').Report} Report */

const VISITOR = fileURLToPath(new URL('invalidation/visitor.mjs', import.meta.url));

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '15' },
    films: { type: 'string', default: '12' },
    lanes: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    framework: { type: 'string', default: 'nestjs-cache-framework' },
  },
});
const [processes, seconds, films, lanes, seed] = /** @type {[number, number, number, number, number]} */ (
  [options.processes, options.seconds, options.films, options.lanes, options.seed].map(Number)
);
if (![processes, seconds, films, lanes].every((number) => number > 0) || !Number.isInteger(seed)) {
  console.error('--processes, --seconds, --films and --lanes are numbers above 0; --seed is a whole number');
  process.exit(2);
}

/**
 * @param {Task} task
 * @returns {Promise<Report>}
 */
async function visit(task) {
  const child = fork(VISITOR, [JSON.stringify(task)]);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`process ${task.process} ended: ${signal ?? `code ${code}`}`);
  });
  try {
    const [report] = await Promise.race([once(child, 'message'), ended]);
    return report;
  } finally {
    ended.catch(() => undefined);
    child.kill();
  }
}

const server = await startRedis();
try {
  const url = `redis://${server.host}:${server.port}`;
  const { framework } = options;
  const reports = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      visit({ url, framework, process: index, processes, seconds, films, lanes, seed }),
    ),
  );
  /** @param {keyof Omit<Report, 'wrong'>} name */
  const sum = (name) => reports.reduce((all, report) => all + report[name], 0);
  const wrong = reports.flatMap((report) => report.wrong);
  console.log(
    `${processes} processes, ${seconds} s, seed ${seed}: ${sum('reads')} reads (${sum('computations')} computations), ` +
      `${sum('invalidations')} invalidations, ${sum('evictions')} evictions, ${sum('clears')} caches cleared: ` +
      (wrong.length === 0
        ? 'no answer was older than an acknowledged invalidation'
        : `${wrong.length} WRONG`),
  );
  for (const sentence of wrong.slice(0, 10)) console.log(`  ${sentence}`);
  if (wrong.length > 0 || sum('reads') === 0 || sum('invalidations') === 0) process.exitCode = 1;
} finally {
  await server.stop();
}
