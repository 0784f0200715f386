// @ts-check
import { spawnSync } from 'node:child_process';
import { shareTemplates } from '../support/servers/data-template.mjs';
import { findCommand } from '../support/servers/find-command.mjs';
import { ensureServers } from './ensure-servers.mjs';

/** @type {import('./ensure-servers.mjs').Run} */
function run(command, args) {
  const { status, stdout, stderr } = spawnSync(findCommand(command), args, { encoding: 'utf8' });
  // Neither is there when the command itself is not.
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** Runs once before all tests. */
function globalSetup() {
  ensureServers({
    run,
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isCi: Boolean(process.env['CI']),
  });
  shareTemplates();
}

export { globalSetup as default };
