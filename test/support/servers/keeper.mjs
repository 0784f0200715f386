// @ts-check
/**
 * Runs servers for a test process. Whatever happens to that process, its end of the pipe closes, and then the servers are killed, paused
 * ones as well, and their folders removed. Told what to start by lines of JSON, tells what became of it in the same way.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** How much of a server's output is kept, for the message if it ends too early. */
const KEPT_OUTPUT = 4000;

/** @type {Map<number, { child: import('node:child_process').ChildProcess, folder: string }>} */
const running = new Map();
const folders = new Set();

/** @param {object} event */
function tell(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** @param {{ id: number, command: string, args: string[], folder: string }} order */
function start({ id, command, args, folder }) {
  folders.add(folder);
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  const end = (/** @type {string} */ reason) => {
    if (!running.delete(id)) return;
    tell({ id, event: 'ended', reason, output });
  };
  running.set(id, { child, folder });
  child.on('error', (error) => end(error.message));
  child.on('close', (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`));
  if (child.pid !== undefined) tell({ id, event: 'started', pid: child.pid });
}

/** @param {string} folder */
function forget(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

function endAll() {
  const children = [...running.values()].map(({ child }) => child);
  let left = children.length;
  const isOver = () => {
    if (left > 0) return;
    for (const folder of folders) forget(folder);
    process.exit();
  };
  for (const child of children) {
    child.once('exit', () => {
      left--;
      isOver();
    });
    child.kill('SIGKILL');
  }
  isOver();
}

// Nobody listens any more once the test process is gone.
process.stdout.on('error', () => {});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    if (order.forget) forget(order.forget);
    else start(order);
  })
  .on('close', endAll);
