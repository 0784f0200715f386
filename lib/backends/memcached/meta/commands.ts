import { ItemTooLargeError, type MemcachedItem, NotCountableError } from '../memcached-server.js';
import { Exchange, MetaCommand, misfit, type ReadReply, refusalIn, withoutMark } from './exchange.js';
import { type ServerRefusalError } from './meta-error.js';
import { keyOnTheWire } from './wire-text.js';

/** Reads an item. */
export function get(key: string, mark: number): MetaCommand<MemcachedItem | undefined> {
  return new MetaCommand(`mg ${keyWithFlag(key)} v`, mark, readItem);
}

/** Reads an item with its number and the seconds it has left. */
export function inspect(key: string, mark: number): MetaCommand<MemcachedItem | undefined> {
  return new MetaCommand(`mg ${keyWithFlag(key)} c t v`, mark, readInspected);
}

/** Reads the seconds that an item has left. */
export function secondsLeft(key: string, mark: number): MetaCommand<number | null | undefined> {
  return new MetaCommand(`mg ${keyWithFlag(key)} t`, mark, (reply) => {
    if (reply === 'EN') return undefined;
    return secondsFrom(/^HD t(-?\d+)$/.exec(reply)?.[1] ?? misfit(reply));
  });
}

/** Stores a payload; the flags say how long, and under which condition. */
export function store<T>(
  key: string,
  payload: Buffer,
  flags: string,
  mark: number,
  read: ReadReply<T>,
): MetaCommand<T> {
  const { word, flag } = keyOnTheWire(key);
  return new StoreCommand(`ms ${word} ${payload.length}${flag}${flags}`, mark, read, { payload });
}

export function touch(key: string, lifetime: string, mark: number): MetaCommand<boolean> {
  return new MetaCommand(`mg ${keyWithFlag(key)}${lifetime}`, mark, yesNo('HD', 'EN'), {});
}

export function remove(key: string, mark: number): MetaCommand<boolean> {
  return new MetaCommand(`md ${keyWithFlag(key)}`, mark, yesNo('HD', 'NF'), {});
}

/** Adds to a number; the flags say how much, and under which condition. */
export function count<T>(
  key: string,
  flags: string,
  mark: number,
  absent: Readonly<Record<string, T>>,
): MetaCommand<number | T> {
  return new CountCommand<number | T>(`ma ${keyWithFlag(key)}${flags} v`, mark, (reply, value) => {
    if (Object.hasOwn(absent, reply)) return absent[reply] as T;
    const digits = value && isWithoutFlags(reply) ? value.toString('latin1') : misfit(reply);
    return /^\d{1,20}$/.test(digits) ? Number(digits) : misfit(digits);
  });
}

/** Reads a reply that means yes or no. */
export function yesNo(yes: string, ...no: readonly string[]): ReadReply<boolean> {
  return (reply) => reply === yes || (no.includes(reply) ? false : misfit(reply));
}

class StoreCommand<T> extends MetaCommand<T> {
  protected override refused(refusal: ServerRefusalError): Error {
    return refusal.message.startsWith('SERVER_ERROR object too large')
      ? new ItemTooLargeError(`A payload of ${this.payload!.length} bytes is over the server's item limit.`)
      : refusal;
  }
}

class CountCommand<T> extends MetaCommand<T> {
  constructor(command: string, mark: number, read: ReadReply<T>) {
    super(command, mark, read, {});
  }

  protected override refused(refusal: ServerRefusalError): Error {
    return refusal.message.includes('non-numeric') ? new NotCountableError(refusal.message) : refusal;
  }
}

/** Reads several items at once, and puts those that are there into a map. */
export class GetMany extends Exchange<void> {
  #replies = 0;
  #refusal: Error | undefined;

  constructor(
    private readonly keys: readonly string[],
    private readonly firstMark: number,
    private readonly found: Map<string, MemcachedItem>,
  ) {
    super(keys.map((key, index) => `mg ${keyWithFlag(key)} v O${firstMark + index}\r\n`).join(''));
  }

  take(line: string, value: Buffer | undefined): boolean {
    const index = this.#replies++;
    const refusal = refusalIn(line);
    if (refusal) this.#refusal ??= refusal;
    else this.#keep(this.keys[index]!, readItem(withoutMark(line, ` O${this.firstMark + index}`), value));
    if (this.#replies < this.keys.length) return false;
    if (this.#refusal) this.fail(this.#refusal);
    else this.succeed();
    return true;
  }

  #keep(key: string, item: MemcachedItem | undefined): void {
    if (item) this.found.set(key, item);
  }
}

/** A command that is older than the meta commands, or has no flags: its one reply is a word. */
export class WordCommand extends Exchange<void> {
  constructor(
    command: 'mn' | 'flush_all',
    private readonly expected: string,
  ) {
    super(`${command}\r\n`, undefined, command === 'flush_all');
  }

  take(line: string): boolean {
    const refusal = refusalIn(line);
    if (refusal) this.fail(refusal);
    else if (line === this.expected) this.succeed();
    else misfit(line);
    return true;
  }
}

/** Reads the settings of the server by name. */
export class ReadSettings extends Exchange<Map<string, string>> {
  readonly #settings = new Map<string, string>();

  constructor() {
    super('stats settings\r\n');
  }

  take(line: string): boolean {
    const refusal = refusalIn(line);
    if (refusal) this.fail(refusal);
    else if (line === 'END') this.succeed(this.#settings);
    else return this.#keep(/^STAT (\S+) (.*)$/.exec(line) ?? misfit(line));
    return true;
  }

  #keep([, name, value]: RegExpExecArray): boolean {
    this.#settings.set(name!, value!);
    return false;
  }
}

function keyWithFlag(key: string): string {
  const { word, flag } = keyOnTheWire(key);
  return word + flag;
}

function readItem(reply: string, value: Buffer | undefined): MemcachedItem | undefined {
  if (value && isWithoutFlags(reply)) return { payload: value };
  return reply === 'EN' ? undefined : misfit(reply);
}

function readInspected(reply: string, value: Buffer | undefined): MemcachedItem | undefined {
  if (reply === 'EN') return undefined;
  const match = /^VA \d+ c(\d+) t(-?\d+)$/.exec(reply);
  if (!match || !value) return misfit(reply);
  return { payload: value, cas: match[1]!, secondsLeft: secondsFrom(match[2]!) };
}

/** Tells whether a reply with a value has its size, which the parser has read, and nothing behind it. */
function isWithoutFlags(reply: string): boolean {
  return !reply.includes(' ', 'VA '.length);
}

function secondsFrom(digits: string): number | null {
  return digits === '-1' ? null : Number(digits);
}
