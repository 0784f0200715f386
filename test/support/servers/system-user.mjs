// @ts-check
import { readFileSync } from 'node:fs';

/** @typedef {{ uid: number, gid: number }} SystemUser */

/**
 * Databases refuse to run as root, so root runs them as the user that their package has made.
 *
 * @param {string} name
 * @returns {SystemUser | undefined} undefined: as whoever runs the tests
 */
export function systemUser(name) {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8');
  return accountOf(accounts, name) ?? accountOf(accounts, 'nobody');
}

/**
 * @param {string} accounts
 * @param {string} name
 * @returns {SystemUser | undefined}
 */
function accountOf(accounts, name) {
  const line = accounts.split('\n').find((account) => account.startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
