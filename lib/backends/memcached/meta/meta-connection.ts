import type { Duplex } from 'node:stream';
import { messageOf } from '../../../core/show.js';
import { WordCommand } from './commands.js';
import type { Exchange } from './exchange.js';
import { ConnectionLostError } from './meta-error.js';
import { MetaStream, type StreamEnd } from './meta-stream.js';

const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 500;

export interface ConnectionOptions {
  readonly name: string;
  /** Opens a socket. */
  readonly dial: () => Duplex;
  readonly silenceLimitMs: number;
  /** Called when a connection that stood is gone. */
  readonly onLost: (reason: unknown) => void;
}

/** A connection that is made anew when it goes, until it is closed. While there is none, questions are refused at once. */
export class MetaConnection {
  /** The stream that questions go to. */
  #stream: MetaStream | undefined;
  /** The newest stream, whether or not the server has said something yet. */
  #newest: MetaStream | undefined;
  #attempt: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #trouble: unknown = 'not connected yet';
  #isDoubtful = false;
  #isClosed = false;

  constructor(private readonly options: ConnectionOptions) {}

  /** Resolves when the connection stands; rejects if this attempt fails, and goes on trying. */
  connect(): Promise<void> {
    if (this.#stream) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(this.#refusal());
    this.#attempt ??= this.#open().finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  ask<T>(exchange: Exchange<T>): Promise<T> {
    if (this.#stream) return this.#stream.ask(exchange);
    exchange.fail(this.#refusal());
    return exchange.answer;
  }

  /** Resolves when the server answers. */
  async probe(): Promise<void> {
    await this.connect();
    await this.ask(new WordCommand('mn', 'MN'));
  }

  takeDoubt(): boolean {
    const isDoubtful = this.#isDoubtful;
    this.#isDoubtful = false;
    return isDoubtful;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#trouble = 'closed';
    clearTimeout(this.#retry);
    this.#newest?.end('the client was closed');
    await this.#newest?.closed;
  }

  /** A connection counts when the server has shown that it understands. */
  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const stream = this.#newStream();
      await stream.greet();
      if (stream.isEnded) throw new ConnectionLostError('it was lost right after the greeting');
      this.#stream = stream;
      this.#failures = 0;
    } catch (error) {
      this.#trouble = (error as Error).cause ?? error;
      this.#tryAgain();
      throw error;
    }
  }

  #newStream(): MetaStream {
    const { name, dial, silenceLimitMs } = this.options;
    const stream = new MetaStream(dial(), {
      name,
      silenceLimitMs,
      onEnd: (end) => this.#ended(stream, end),
    });
    this.#newest = stream;
    return stream;
  }

  #ended(stream: MetaStream, { reason, isDoubtful }: StreamEnd): void {
    if (isDoubtful) this.#isDoubtful = true;
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    if (this.#isClosed) return;
    this.#trouble = reason.cause;
    this.#tryAgain();
    this.options.onLost(reason);
  }

  #tryAgain(): void {
    if (this.#isClosed) return;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(
      () => {
        this.connect().catch(() => undefined);
      },
      longest * (0.5 + Math.random() / 2),
    ).unref();
  }

  #refusal(): ConnectionLostError {
    return new ConnectionLostError(
      `There is no connection to memcached at ${this.options.name}: ${messageOf(this.#trouble)}`,
      { cause: this.#trouble },
    );
  }
}
