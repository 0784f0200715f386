// @ts-check
/**
 * Runs servers for a test process. Whatever happens to that process, its end of the pipe closes, and then the servers are ended with all
 * their processes, paused ones as well, and their folders removed. Told what to start by lines of JSON, tells what became of it in the
 * same way.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { killTree, thawTree } from './process-tree.mjs';

/**
 * @typedef {object} StartOrder
 * @property {number} id
 * @property {string} command
 * @property {string[]} args
 * @property {string} folder its working directory, removed in the end
 * @property {import('./system-user.mjs').SystemUser} [user] who it runs as
 * @property {NodeJS.Signals} [endSignal] ends it at once and cleanly; without one it is killed
 */

/** How much of a server's output is kept, for the message if it ends too early. */
const KEPT_OUTPUT = 4000;

/** How long a server may take to end by itself. */
const END_WITHIN_MS = 3000;

/** @type {Map<number, { child: import('node:child_process').ChildProcess, endSignal: NodeJS.Signals | undefined }>} */
const running = new Map();
const folders = new Set();

/** @param {object} event */
function tell(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** @param {StartOrder} order */
function start({ id, command, args, folder, user, endSignal }) {
  folders.add(folder);
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...user });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  const end = (/** @type {string} */ reason, /** @type {number | null} */ code = null) => {
    if (!running.delete(id)) return;
    tell({ id, event: 'ended', code, reason, output });
  };
  running.set(id, { child, endSignal });
  child.on('error', (error) => end(error.message));
  child.on('close', (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`, code));
  if (child.pid !== undefined) tell({ id, event: 'started', pid: child.pid });
}

/** @param {string} folder */
function forget(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** @param {number} id */
async function end(id) {
  const server = running.get(id);
  const pid = server?.child.pid;
  if (!server || pid === undefined) return;
  const { child, endSignal } = server;
  if (endSignal) {
    thawTree(pid);
    child.kill(endSignal);
    if (await hasExited(child, END_WITHIN_MS)) return;
  }
  await killTree(pid);
  await hasExited(child);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} [withinMs]
 * @returns {Promise<boolean>}
 */
function hasExited(child, withinMs) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(true);
    child.once('exit', () => resolve(true));
    if (withinMs !== undefined) setTimeout(() => resolve(false), withinMs).unref();
  });
}

async function endAll() {
  await Promise.allSettled([...running.keys()].map(end));
  for (const folder of folders) forget(folder);
  process.exit();
}

// Nobody listens any more once the test process is gone.
process.stdout.on('error', () => {});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    if (order.forget) forget(order.forget);
    else if (order.adopt) folders.add(order.adopt);
    else if (order.end) void end(order.end);
    else start(order);
  })
  .on('close', () => void endAll());
