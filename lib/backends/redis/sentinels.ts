import { messageOf } from '../../core/show.js';
import { Connection } from './connection.js';
import { afterPoll } from '../../core/patience.js';
import type { ConnectionSettings, RedisCommand } from './redis-client.js';
import { type Endpoint, nameOf, type ServerAddress } from './redis-location.js';
import { checkedEndpoint } from './server-address.js';
import type { Locator } from './single-server.js';

/** Asks servers one thing, each over a connection of its own, until one answers. */
export class Questions {
  #connection: Connection | undefined;
  #isClosed = false;

  constructor(private readonly settings: ConnectionSettings) {}

  /** @throws the failure of the last one if none answers */
  async askOne<T>(
    servers: readonly ServerAddress[],
    command: RedisCommand,
    read: (reply: unknown, asked: Endpoint) => T,
  ): Promise<T> {
    const failures: string[] = [];
    for (const server of servers) {
      if (this.#isClosed) break;
      try {
        return read(await this.#ask(server, command), server.endpoint);
      } catch (error) {
        failures.push(`${nameOf(server.endpoint)}: ${messageOf(error)}`);
      }
    }
    throw new Error(failures.join('; ') || 'closed');
  }

  async #ask({ endpoint, password, username }: ServerAddress, command: RedisCommand): Promise<unknown> {
    const settings = { ...this.settings, username, password, database: 0 };
    const connection = new Connection(endpoint, settings, () => undefined);
    this.#connection = connection;
    const end = (reason: string): void => connection.end(new Error(reason));
    const patience = afterPoll(settings.connectTimeoutMs, () => end('no answer in time'));
    try {
      await connection.opened;
      return await connection.send(command);
    } finally {
      patience.end();
      end('no longer needed');
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.end(new Error('closed'));
  }
}

/** Asks sentinels for the leader; the one that answered is asked first the next time. */
export class Sentinels implements Locator {
  readonly canMove = true;
  readonly #questions: Questions;
  #servers: readonly ServerAddress[];

  constructor(
    private readonly name: string,
    servers: readonly ServerAddress[],
    settings: ConnectionSettings,
  ) {
    this.#servers = servers;
    this.#questions = new Questions(settings);
  }

  async locate(): Promise<Endpoint> {
    const command = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name];
    return this.#questions.askOne(this.#servers, command, (reply, asked) => {
      if (!Array.isArray(reply)) throw new Error(`does not know the leader "${this.name}"`);
      this.#servers = this.#servers.toSorted(
        (a, b) => Number(b.endpoint === asked) - Number(a.endpoint === asked),
      );
      return checkedEndpoint(String(reply[0]), Number(reply[1]));
    });
  }

  close(): void {
    this.#questions.close();
  }
}
