// @ts-check
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Where packages put servers that are not meant to be called by people; `*` is a version. */
const FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
];

/**
 * Finds a program in the path, and in places that are usually not in it.
 *
 * @param {string} command
 * @returns {string} where it is, the newest if there are several; the command itself if it is nowhere
 */
export function findCommand(command) {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return (
    [...path, ...FOLDERS.flatMap(matching)]
      .map((folder) => join(folder, command))
      .find((file) => isProgram(file)) ?? command
  );
}

/**
 * Finds a program of the same version as another one: what the path has may be a script that chooses among several.
 *
 * @param {string} command
 * @param {string} other
 * @returns {string}
 */
export function findBeside(command, other) {
  const file = findCommand(other);
  const beside = existsSync(file) ? join(dirname(realpathSync(file)), command) : '';
  return isProgram(beside) ? beside : findCommand(command);
}

/**
 * @param {string} pattern
 * @returns {string[]} folders, the highest version first
 */
function matching(pattern) {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return [pattern];
  const cut = before.lastIndexOf('/') + 1;
  const parent = before.slice(0, cut);
  const start = before.slice(cut);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => name.startsWith(start) && /^[\d.]+$/.test(name.slice(start.length)))
    .toSorted((a, b) => Number.parseFloat(b.slice(start.length)) - Number.parseFloat(a.slice(start.length)))
    .map((name) => join(parent, `${name}${after}`));
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
