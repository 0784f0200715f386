// @ts-check
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @param {import('./system-user.mjs').SystemUser | undefined} user who it belongs to
 * @returns {string} a new folder
 */
export function makeServerFolder(user) {
  const folder = mkdtempSync(join(tmpdir(), 'cache-server-'));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}
