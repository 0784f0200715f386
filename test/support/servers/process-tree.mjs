// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const CHECK_EVERY_MS = 5;

/**
 * Stops a process, and after it those that it has started: it can start no others any more.
 *
 * A signal to a process group would not do, since servers such as PostgreSQL give each of their processes a group of its own.
 *
 * @param {number} pid
 */
export function freezeTree(pid) {
  send(pid, 'SIGSTOP');
  for (const child of descendantsOf(pid)) send(child, 'SIGSTOP');
}

/** @param {number} pid */
export function thawTree(pid) {
  for (const child of descendantsOf(pid)) send(child, 'SIGCONT');
  send(pid, 'SIGCONT');
}

/**
 * Kills a process, and before it those that it has started: while it is stopped they cannot get lost, and when it is gone nobody holds
 * its files or its memory any more. Whoever started it learns when that is.
 *
 * @param {number} pid
 */
export async function killTree(pid) {
  send(pid, 'SIGSTOP');
  for (;;) {
    const children = descendantsOf(pid);
    if (children.length === 0) break;
    for (const child of children) send(child, 'SIGKILL');
    await delay(CHECK_EVERY_MS);
  }
  send(pid, 'SIGKILL');
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/**
 * @param {number} ancestor
 * @returns {number[]} those alive
 */
function descendantsOf(ancestor) {
  const family = new Set([ancestor]);
  const processes = existsSync('/proc/self/stat') ? readProcesses() : listProcesses();
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  family.delete(ancestor);
  return [...family];
}

/** @typedef {{ pid: number, parent: number }} Relation */

/** @returns {Relation[]} */
function readProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        // The name of the program stands between parentheses, and may contain anything.
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return relation(Number(name), Number(parent), String(state));
      } catch {
        return [];
      }
    });
}

/** @returns {Relation[]} */
function listProcesses() {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [pid, parent, state = 'Z'] = line.trim().split(/\s+/);
      return relation(Number(pid), Number(parent), state);
    });
}

/**
 * @param {number} pid
 * @param {number} parent
 * @param {string} state
 * @returns {Relation[]} none for what is dead already
 */
function relation(pid, parent, state) {
  return /^[ZX]/.test(state) ? [] : [{ pid, parent }];
}
