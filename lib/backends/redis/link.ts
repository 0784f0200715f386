import { messageOf } from '../../core/show.js';
import { Connection, type ConnectionIdentity } from './connection.js';
import { afterPoll, type Patience } from '../../core/patience.js';
import type { ConnectionSettings, RedisCommand } from './redis-client.js';
import { type Endpoint, nameOf } from './redis-location.js';

/** Whom a link tells of its connection. */
export interface LinkEvents {
  lost(reason: unknown): void;
  /** A connection is there, perhaps anew. */
  ready?(): void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** A connection that leaves a PING unanswered for so long is given up: it may lead nowhere, while a new one would not. */
const LONGEST_SILENCE_MS = 1000;

interface GivenUp extends ConnectionIdentity {
  readonly server: string;
}

/** Holds a connection to one server, and makes another when it is lost. */
export class Link {
  #connection: Connection | undefined;
  /** Settles with the attempt that is under way. */
  #attempt: Promise<void> | undefined;
  #failures = 0;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;
  #wasTold = false;
  #reason: unknown = new Error('not connected yet');
  #server = '';
  #ping: Promise<void> | undefined;
  /** What the server may still read from connections that were given up. */
  #givenUp: GivenUp[] = [];

  /** @param locate tells where the server is, before each attempt */
  constructor(
    readonly name: string,
    private readonly locate: () => Promise<Endpoint> | Endpoint,
    private readonly settings: ConnectionSettings,
    private readonly events: LinkEvents,
  ) {}

  get isReady(): boolean {
    return this.#connection?.client !== undefined;
  }

  /** Sends a command. Those of one turn go out in one write, in their order. */
  send(command: RedisCommand): Promise<unknown> {
    const client = this.#connection?.client;
    return client ? client.sendCommand(command) : Promise.reject(this.#notConnected());
  }

  /** Resolves when there is a connection; makes one at once if there is none, and rejects if that fails. */
  connect(): Promise<void> {
    if (this.isReady) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(new Error('closed'));
    clearTimeout(this.#pause);
    this.#attempt ??= this.#tryOnce().finally(() => (this.#attempt = undefined));
    return this.#attempt;
  }

  /** Resolves when the server answers. */
  async probe(): Promise<void> {
    await this.connect();
    this.#ping ??= this.#sendPing().finally(() => (this.#ping = undefined));
    await this.#ping;
  }

  /** Gives up the connection, whose replies can no longer be told apart or are of no use. */
  giveUp(reason: unknown): void {
    const connection = this.#connection;
    connection?.end(reason);
    if (connection) this.#over(connection, reason);
  }

  /**
   * Resolves when nothing that was sent over earlier connections can take effect any more. Best effort: where the server does not let its
   * connections be ended, what a frozen one has received may still be done when it thaws.
   */
  async settle(): Promise<void> {
    const current = this.#connection?.identity;
    if (!current) return;
    const doubtful = this.#givenUp;
    const endEach = doubtful.map(async ({ id, address, server }) => {
      // Ids only grow: a higher one is of the time before the server was started anew.
      if (server !== this.#server || id >= current.id) return;
      await this.send(['CLIENT', 'KILL', 'ID', String(id), 'ADDR', address]).catch((error: unknown) => {
        if (!this.isReady) throw error;
      });
    });
    await Promise.all(endEach);
    this.#givenUp = this.#givenUp.filter((each) => !doubtful.includes(each));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    this.#connection?.end(new Error('closed'));
    this.#connection = undefined;
  }

  async #tryOnce(): Promise<void> {
    let connection: Connection | undefined;
    try {
      const endpoint = await this.locate();
      if (this.#isClosed) throw new Error('closed');
      this.#server = nameOf(endpoint);
      const attempted = new Connection(endpoint, this.settings, (reason) => this.#over(attempted, reason));
      this.#connection = connection = attempted;
      await attempted.opened;
    } catch (error) {
      // A connection that failed has told so by itself.
      if (!connection) this.#missed(error);
      throw this.#notConnected();
    }
    this.#failures = 0;
    this.#wasTold = false;
    this.events.ready?.();
  }

  #over(connection: Connection, reason: unknown): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (connection.identity) this.#givenUp.push({ ...connection.identity, server: this.#server });
    if (this.#givenUp.length > 100) this.#givenUp.shift();
    this.#missed(reason);
  }

  #missed(reason: unknown): void {
    this.#reason = reason;
    if (this.#isClosed) return;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
    clearTimeout(this.#pause);
    // A fleet that has lost a server in one moment must not come back in one moment.
    const jittered = pauseMs * (0.5 + Math.random() / 2);
    this.#pause = setTimeout(() => {
      this.connect().catch(() => undefined);
    }, jittered);
    this.#pause.unref();
    if (this.#wasTold) return;
    this.#wasTold = true;
    this.events.lost(reason);
  }

  async #sendPing(): Promise<void> {
    const connection = this.#connection;
    const limit: Patience = afterPoll(LONGEST_SILENCE_MS, () => {
      if (this.#connection === connection) this.giveUp(new Error(`${this.name} is silent`));
    });
    try {
      const reply = await this.send(['PING']);
      if (String(reply) !== 'PONG') throw new Error(`${this.name} does not know what it says`);
    } catch (error) {
      // A server that forbids even this has answered.
      if (!messageOf(error).startsWith('NOPERM')) throw error;
    } finally {
      limit.end();
    }
  }

  #notConnected(): Error {
    return new Error(`no connection to ${this.name}: ${messageOf(this.#reason)}`, { cause: this.#reason });
  }
}
