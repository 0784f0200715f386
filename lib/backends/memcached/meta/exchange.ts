import { MetaProtocolError, ServerRefusalError } from './meta-error.js';

/** One question to the server, of one command or several, and the promise of its answer. */
export abstract class Exchange<T = unknown> {
  readonly answer: Promise<T>;
  protected succeed!: (value: T) => void;
  fail!: (reason: Error) => void;

  /**
   * @param request the commands as they are sent, line ends included
   * @param payload what follows the request, without its line end
   * @param isChange whether the server has something else afterwards
   */
  protected constructor(
    readonly request: string,
    readonly payload?: Buffer,
    readonly isChange = false,
  ) {
    this.answer = new Promise<T>((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
  }

  /**
   * Takes the next reply of the stream; tells whether it was the last one of this exchange.
   *
   * @throws {MetaProtocolError} if it is no reply to this request
   */
  abstract take(line: string, value: Buffer | undefined): boolean;
}

/** Turns a reply, without the mark at its end, into the answer; a code that the command does not have goes to `misfit`. */
export type ReadReply<T> = (reply: string, value: Buffer | undefined) => T;

/**
 * One meta command. It carries a mark that the server repeats (the opaque flag), last in the line, so that a reply can never be taken for
 * that of another command.
 */
export class MetaCommand<T> extends Exchange<T> {
  readonly #mark: string;

  constructor(
    command: string,
    mark: number,
    private readonly read: ReadReply<T>,
    change?: { readonly payload?: Buffer },
  ) {
    const flag = ` O${mark}`;
    super(`${command}${flag}\r\n`, change?.payload, change !== undefined);
    this.#mark = flag;
  }

  take(line: string, value: Buffer | undefined): boolean {
    const refusal = refusalIn(line);
    if (refusal === undefined) {
      this.succeed(this.read(withoutMark(line, this.#mark), value));
      return true;
    }
    // A server that refuses the line may take the payload behind it for commands.
    if (this.payload && !line.startsWith('SERVER_ERROR')) throw new MetaProtocolError(line);
    this.fail(this.refused(refusal));
    return true;
  }

  /** Says what a refusal of the server means for this command. */
  protected refused(refusal: ServerRefusalError): Error {
    return refusal;
  }
}

/** Returns the error that a line tells of, in the server's words; undefined for any other line. */
export function refusalIn(line: string): ServerRefusalError | undefined {
  return /^(?:(?:CLIENT|SERVER)_)?ERROR(?: |$)/.test(line) ? new ServerRefusalError(line) : undefined;
}

/** @throws {MetaProtocolError} if the mark is that of another command */
export function withoutMark(line: string, mark: string): string {
  if (line.endsWith(mark)) return line.slice(0, -mark.length);
  // Only from servers that put no mark on a miss; from others the stream refuses it.
  if (line === 'EN') return line;
  return misfit(line);
}

/** @throws {MetaProtocolError} always */
export function misfit(reply: string): never {
  throw new MetaProtocolError(`${JSON.stringify(reply.slice(0, 80))} is no reply to what was asked`);
}
