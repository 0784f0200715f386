import type { Duplex } from 'node:stream';
import { messageOf } from '../../../core/show.js';
import { type Exchange, misfit } from './exchange.js';
import { type Dialect, Greeting, tidy } from './greeting.js';
import { ConnectionLostError, MetaProtocolError } from './meta-error.js';
import { ReplyParser } from './reply-parser.js';
import { SilenceWatch } from './silence-watch.js';
import { writeBatch } from './write-batch.js';

/** What became of a stream. */
export interface StreamEnd {
  readonly reason: ConnectionLostError;
  /** A change was handed to the socket whose reply did not come: it may still be executed. */
  readonly isDoubtful: boolean;
}

export interface StreamOptions {
  /** The name of the server, for messages. */
  readonly name: string;
  /** For how long the server may say nothing while it is asked something. */
  readonly silenceLimitMs: number;
  readonly onEnd: (end: StreamEnd) => void;
}

/**
 * The life of one socket: questions go out in the order in which they were asked, all of one turn in one write, and replies are taken in that
 * order. The first thing that does not fit ends it, since nothing behind that can be trusted.
 */
export class MetaStream {
  /** Settles when the socket is released. */
  readonly closed: Promise<void>;
  readonly #parser = new ReplyParser((line, value) => this.#take(line, value));
  readonly #watch: SilenceWatch;
  #unsent: Exchange[] = [];
  /** Sent and unanswered from `#next` on; what lies before is done. */
  #sent: Exchange[] = [];
  #next = 0;
  #end: StreamEnd | undefined;
  #dialect: Dialect = 'loose';

  constructor(
    private readonly socket: Duplex,
    private readonly options: StreamOptions,
  ) {
    const { silenceLimitMs } = options;
    this.#watch = new SilenceWatch(silenceLimitMs, () =>
      this.end(`it said nothing for ${silenceLimitMs} ms`),
    );
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.on('error', (error) => this.end(error));
    socket.on('end', () => this.end('the server ended the connection'));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.end('the connection was closed');
        resolve();
      });
    });
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when the server has shown that it understands. To be called first. */
  async greet(): Promise<void> {
    try {
      this.#dialect = await this.ask(new Greeting());
    } catch (error) {
      this.end(error);
      throw error;
    }
  }

  /** Sends at the end of this turn what is asked in it. */
  ask<T>(exchange: Exchange<T>): Promise<T> {
    if (this.#end) exchange.fail(this.#end.reason);
    else if (this.#unsent.push(exchange as Exchange) === 1) process.nextTick(() => this.#send());
    return exchange.answer;
  }

  /** Gives the socket up; all that has no answer yet is rejected with the reason. */
  end(cause: unknown): void {
    if (this.#end) return;
    const pending = this.#sent.slice(this.#next);
    // OpenSSL ends its messages with a line end.
    const message = messageOf(cause).trim();
    const reason = new ConnectionLostError(
      `The connection to memcached at ${this.options.name} is lost: ${message}`,
      { cause },
    );
    this.#end = { reason, isDoubtful: pending.some(({ isChange }) => isChange) };
    this.#watch.stop();
    this.#parser.stop();
    this.socket.destroy();
    for (const exchange of [...pending, ...this.#unsent]) exchange.fail(reason);
    this.#sent = [];
    this.#unsent = [];
    this.options.onEnd(this.#end);
  }

  #send(): void {
    const batch = this.#unsent;
    if (this.#end || batch.length === 0) return;
    this.#unsent = [];
    if (this.#sent.length === this.#next) this.#watch.start();
    for (const exchange of batch) this.#sent.push(exchange);
    writeBatch(this.socket, batch);
  }

  #hear(chunk: Buffer): void {
    if (this.#end) return;
    this.#watch.heard();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      this.end(error);
    }
    if (this.#next === this.#sent.length) this.#watch.rest();
  }

  #take(line: string, value: Buffer | undefined): void {
    const exchange = this.#sent[this.#next];
    if (!exchange) throw new MetaProtocolError('the server said something that nobody had asked for');
    if (line === 'EN' && this.#dialect === 'strict') misfit(line);
    if (!exchange.take(this.#dialect === 'strict' ? line : tidy(line), value)) return;
    this.#next++;
    if (this.#next === this.#sent.length) this.#forget();
    else if (this.#next >= 1024 && this.#next * 2 > this.#sent.length) this.#forget();
  }

  /** Lets go of what is done. */
  #forget(): void {
    this.#sent = this.#next === this.#sent.length ? [] : this.#sent.slice(this.#next);
    this.#next = 0;
  }
}
