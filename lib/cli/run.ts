import { readFileSync } from 'node:fs';
import { closestTo } from '../core/suggestion.js';
import { type Command, type Output, UsageError } from './command.js';
import { commands } from './commands.js';
import { reasonOf } from './reason.js';

const FAILED = 1;
const MISUSED = 2;

/** Runs a command line; returns the exit code of the process. */
export async function run(args: readonly string[], output: Output): Promise<number> {
  try {
    await runCommand(args, output);
    return 0;
  } catch (error) {
    output.complain(reasonOf(error));
    return error instanceof UsageError ? MISUSED : FAILED;
  }
}

async function runCommand([first, ...rest]: readonly string[], output: Output): Promise<void> {
  if (first === '--version' || first === '-v') return output.print(version());
  if (first === undefined || isHelp(first))
    return output.print(rest[0] ? commandOf(rest[0]).help : overview());
  const command = commandOf(first);
  const options = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length);
  if (options.some((argument) => argument === '--help' || argument === '-h'))
    return output.print(command.help);
  await command.run(rest, output);
}

function isHelp(argument: string): boolean {
  return ['help', '--help', '-h'].includes(argument);
}

function commandOf(name: string): Command {
  const command = commands.find((each) => each.name === name);
  if (command) return command;
  const closest = closestTo(
    name,
    commands.map((each) => each.name),
  );
  const kind = name.startsWith('-') ? 'option' : 'command';
  throw new UsageError(
    `There is no ${kind} ${name}. ${closest === undefined ? 'See nestjs-cache --help.' : `Did you mean ${closest}?`}`,
  );
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
  return `Usage: nestjs-cache <command> [options]

Looks after the caches of a NestJS application from the command line.

Commands:
${list}

Options:
  -h, --help     Print this; after a command, what it does and takes.
  -v, --version  Print the version.

Exit codes: 0 success, 1 failure with one sentence on stderr, 2 a command line that makes no sense.

Example:
  npx nestjs-cache createcachetable -d dist/data-source.js`;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
