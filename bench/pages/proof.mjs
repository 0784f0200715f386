import { setTimeout as delay } from 'node:timers/promises';
import { TEXTS } from './bodies.mjs';

/** @typedef {import('./server.mjs').PageServer} PageServer */
/** @typedef {'json' | 'html'} Kind */

const CONTENT_TYPES = { json: 'application/json', html: 'text/html' };

/** What each application says of itself in the head of every answer that is measured. */
const MARKS = {
  plain: undefined,
  ours: /\r\ncache-status: [^\r]*; hit\b/i,
  'ours, not cached': undefined,
  'ours, bypassed': /\r\ncache-status: [^\r]*; fwd=bypass\b/i,
  'cache-manager': /\r\nx-cache: HIT\r\n/i,
};

const ATTEMPTS = 50;
const MS_BETWEEN = 10;

/** What the load is to find in every answer. @param {PageServer} server @param {Kind} kind */
export function expectedOf(server, kind) {
  return { bytes: Buffer.byteLength(TEXTS[kind]), mark: MARKS[server.task.subject] };
}

/** Whether the handlers of an application run for every request. @param {PageServer} server */
export function runsAlways({ task }) {
  return task.subject !== 'ours' && task.subject !== 'cache-manager';
}

/**
 * Asks for a page until it comes as it shall be measured, and once more: the body is the right one, and the handler ran or did not.
 *
 * @param {PageServer} server
 * @param {Kind} kind
 * @returns how often the handler has run
 */
export async function prove(server, kind) {
  await ripen(server, kind);
  const before = await server.state();
  const head = await ask(server, kind);
  const after = await server.state();
  const grown = after.runs[kind] - before.runs[kind];
  const mark = MARKS[server.task.subject];
  if (mark && !mark.test(head))
    throw new Error(`${nameOf(server)} answered once, and then otherwise:\n${head}`);
  if (grown !== (runsAlways(server) ? 1 : 0))
    throw new Error(`${nameOf(server)}: the handler ran ${grown} times for a request`);
  return after.runs[kind];
}

/** A page may be on its way into a store when its answer is there. */
async function ripen(server, kind) {
  const mark = MARKS[server.task.subject];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const head = await ask(server, kind);
    if (!mark || mark.test(head)) return;
    await delay(MS_BETWEEN);
  }
  throw new Error(`${nameOf(server)} never answers as it should: ${mark}`);
}

/** Returns the head of an answer, whose body has been compared. */
async function ask(server, kind) {
  const response = await fetch(`http://127.0.0.1:${server.port}/${kind}`);
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  if (response.status !== 200 || text !== TEXTS[kind] || !type.startsWith(CONTENT_TYPES[kind]))
    throw new Error(
      `${nameOf(server)} answers /${kind} with ${response.status}, ${type}, ${text.slice(0, 200)}`,
    );
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return `\r\n${lines.join('')}`;
}

/** @param {PageServer} server */
export function nameOf({ task: { platform, redis, subject } }) {
  return `${subject} on ${platform}${redis ? ' and Redis' : ''}`;
}
