import { clearCommand, cullCommand, statsCommand } from './cache.commands.js';
import type { Command } from './command.js';
import { createCacheTableCommand } from './create-cache-table.command.js';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  createCacheTableCommand,
  clearCommand,
  cullCommand,
  statsCommand,
];
