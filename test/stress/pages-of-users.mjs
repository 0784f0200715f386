// @ts-check
/**
 * Two servers, one on Express and one on Fastify, with pages in one Redis; four processes of people with and without credentials, cookies and
 * languages ask for them, and change what they are made of:
 *
 *     node test/stress/pages-of-users.mjs [--requests 200000] [--people 200] [--films 50] [--clients 4] [--lanes 16] [--seed 1]
 *
 * Exits with 1 if an answer was made for somebody else, had another's cookie, or was older than a change that had been acknowledged before
 * the question. Who asks for what is decided by the seed; who comes first, by the machine. Uses the built library.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '../support/servers/index.mjs';

/** @typedef {import('./users/client.mjs').Report} Report */

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    people: { type: 'string', default: '200' },
    films: { type: 'string', default: '50' },
    clients: { type: 'string', default: '4' },
    lanes: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
  },
});
const [requests, people, films, clients, lanes, seed] =
  /** @type {[number, number, number, number, number, number]} */ (
    [options.requests, options.people, options.films, options.clients, options.lanes, options.seed].map(
      Number,
    )
  );
if (![requests, people, films, clients, lanes].every((number) => number > 0) || !Number.isInteger(seed)) {
  console.error(
    '--requests, --people, --films, --clients and --lanes are numbers above 0; --seed is a whole number',
  );
  process.exit(2);
}

/**
 * Starts a process, and resolves with the first thing that it says.
 *
 * @param {string} file
 * @param {object} task
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, message: any }>}
 */
async function start(file, task) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(task)]);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file} ended: ${signal ?? `code ${code}`}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return { child, message };
}

const redis = await startRedis();
const url = `redis://${redis.host}:${redis.port}`;
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];
try {
  const servers = await Promise.all(
    ['express', 'fastify'].map((platform) => start('users/server.mjs', { platform, url })),
  );
  children.push(...servers.map(({ child }) => child));
  const ports = servers.map(({ message }) => Number(message.port));
  const task = { url, ports, requests: Math.ceil(requests / clients), people, films, lanes, seed };
  const ended = await Promise.all(
    Array.from({ length: clients }, (_, process) => start('users/client.mjs', { ...task, process })),
  );
  children.push(...ended.map(({ child }) => child));
  const reports = ended.map(({ message }) => /** @type {Report} */ (message));
  /** @param {keyof Omit<Report, 'wrong'>} name */
  const sum = (name) => reports.reduce((all, report) => all + report[name], 0);
  const wrong = reports.flatMap((report) => report.wrong);
  console.log(
    `${people} people, ${films} films, seed ${seed}: ${sum('answers')} answers, of which ${sum('hits')} from the store and ${sum('collapsed')} from computations of ` +
      `others, ${sum('changes')} changes: ${wrong.length === 0 ? 'each its own, and none too old' : `${wrong.length} WRONG`}`,
  );
  for (const sentence of wrong.slice(0, 10)) console.log(`  ${sentence}`);
  if (wrong.length > 0 || sum('hits') === 0 || sum('changes') === 0) process.exitCode = 1;
} finally {
  for (const child of children) child.kill();
  await redis.stop();
}
