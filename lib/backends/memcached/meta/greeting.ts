import { Exchange, misfit, refusalIn } from './exchange.js';
import { MetaProtocolError } from './meta-error.js';

/** How a server words its replies: as the protocol has it, or with blanks in excess and no mark on a miss, as 1.6.10 to 1.6.17 do. */
export type Dialect = 'strict' | 'loose';

const MARK = 'O1';
const OLDEST: readonly number[] = [1, 6, 10];
const DEMAND = "the meta client needs memcached 1.6.10 or later; use client: 'memcached'";

/**
 * The first question on a connection, about a key that is never there. A server that does not know the meta commands, or in their first form
 * alone, would take the payload of `ms` for commands: nothing is stored before it is known to understand.
 */
export class Greeting extends Exchange<Dialect> {
  #first: string | undefined;

  constructor() {
    super(`mg nestjs-cache:greeting ${MARK}\r\nversion\r\n`);
  }

  take(line: string): boolean {
    if (refusalIn(line)) throw new MetaProtocolError(`it answers ${line}; ${DEMAND}`);
    if (this.#first === undefined) {
      this.#first = line === `EN ${MARK}` || line === 'EN' ? line : misfit(line);
      return false;
    }
    this.succeed(this.#first === 'EN' ? looseFrom(line) : 'strict');
    return true;
  }
}

/** @throws {MetaProtocolError} if the version is too old */
function looseFrom(line: string): Dialect {
  const version = /^VERSION (\d+)\.(\d+)\.(\d+)/.exec(line)?.slice(1).map(Number) ?? misfit(line);
  const differing = OLDEST.findIndex((part, index) => part !== version[index]);
  if (differing === -1 || version[differing]! > OLDEST[differing]!) return 'loose';
  throw new MetaProtocolError(`it is version ${version.join('.')}; ${DEMAND}`);
}

/** Brings a reply of a loose server into the form of a strict one, as far as it can be. */
export function tidy(line: string): string {
  return line.replaceAll(/ {2,}/g, ' ').trimEnd();
}
