import { parseArgs, type ParseArgsConfig } from 'node:util';
import { messageOf } from '../core/show.js';
import { closestTo } from '../core/suggestion.js';
import { UsageError } from './command.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>;

/** @throws {UsageError} naming what is wrong in one sentence */
export function parseArguments<T extends Options>(args: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(sentenceOf(error, options), { cause: error });
  }
}

function sentenceOf(error: unknown, options: Options): string {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(messageOf(error)) ?? [];
  if (unknown === undefined) return messageOf(error).replace(/[.\s]*\n[\s\S]*$/, '.');
  const closest = closestTo(unknown.replace(/^-+/, ''), Object.keys(options));
  return `There is no option ${unknown}.${closest === undefined ? '' : ` Did you mean --${closest}?`}`;
}
