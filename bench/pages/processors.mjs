import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Servers and load on processors of their own, where there are two and the system can be asked for it: else the load takes from the server
 * that is measured what it needs itself.
 *
 * @typedef {object} Processors
 * @property {string} server
 * @property {string} load
 */

/** @returns {Processors | undefined} */
export function processors() {
  const allowed = allowedProcessors();
  if (allowed.length < 2 || spawnSync('taskset', ['--version']).status !== 0) return undefined;
  return { server: allowed[0], load: allowed.slice(1).join(',') };
}

/** Keeps this process, and those that it starts from now on, off the processor of the servers. @param {Processors | undefined} places */
export function moveToLoad(places) {
  if (!places) return;
  const { status } = spawnSync('taskset', ['--all-tasks', '-cp', places.load, String(process.pid)]);
  if (status !== 0) throw new Error('taskset cannot move this process');
}

/** The command that runs a script of Node as a server. @param {Processors | undefined} places @param {string[]} args */
export function serverCommand(places, args) {
  return places
    ? { command: 'taskset', args: ['-c', places.server, process.execPath, ...args] }
    : { command: process.execPath, args };
}

function allowedProcessors() {
  if (process.platform !== 'linux') return [];
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, place) => String(first + place));
  });
}
