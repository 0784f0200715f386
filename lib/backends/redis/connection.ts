import { messageOf } from '../../core/show.js';
import {
  type ConnectionSettings,
  createClient,
  loadClient,
  type RedisClient,
  type RedisCommand,
} from './redis-client.js';
import type { Endpoint } from './redis-location.js';
import { afterPoll, type Patience } from '../../core/patience.js';

/** How a server knows a connection. */
export interface ConnectionIdentity {
  readonly id: number;
  /** The other end as the server sees it; with the id, nobody else's, even after the server was started anew. */
  readonly address: string;
}

/**
 * One connection, from the attempt to its end, never anew: whatever the client calls an error ends it, since after bytes that
 * make no sense the next reply could reach the wrong caller.
 */
export class Connection {
  /** Resolves when commands can be sent; rejects if that fails. */
  readonly opened: Promise<void>;
  readonly #aborter = new AbortController();
  #client: RedisClient | undefined;
  #identity: ConnectionIdentity | undefined;
  #isOver = false;
  #patience: Patience | undefined;
  #refuse: (reason: unknown) => void = () => {};

  /** @param ended called once when the connection is over, unless `end` was called */
  constructor(
    endpoint: Endpoint,
    settings: ConnectionSettings,
    private readonly ended: (reason: unknown) => void,
  ) {
    this.opened = new Promise((resolve, reject) => {
      this.#refuse = reject;
      this.#connect(endpoint, settings).then(resolve, (error: unknown) => this.#fail(error));
    });
    // Whoever does not wait for it hears of the failure by `ended`.
    this.opened.catch(() => undefined);
  }

  /** Undefined if the server does not tell. */
  get identity(): ConnectionIdentity | undefined {
    return this.#identity;
  }

  /** Undefined while commands cannot be sent, and afterwards. */
  get client(): RedisClient | undefined {
    return this.#client?.isReady ? this.#client : undefined;
  }

  send(command: RedisCommand): Promise<unknown> {
    return this.#client?.sendCommand(command) ?? Promise.reject(new Error('the connection is closed'));
  }

  /** Ends the connection at once; commands under way fail. */
  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#patience?.end();
    this.#refuse(reason);
    destroy(this.#client);
    this.#aborter.abort();
  }

  async #connect(endpoint: Endpoint, settings: ConnectionSettings): Promise<void> {
    const template = await loadClient();
    if (this.#isOver) return;
    const limitMs = settings.connectTimeoutMs;
    this.#patience = afterPoll(limitMs, () => this.#fail(new Error(`no connection within ${limitMs} ms`)));
    const client = createClient(template, endpoint, settings, this.#aborter.signal);
    this.#client = client;
    client.on('error', (error) => this.#fail(error));
    // A client that was destroyed while it connected goes on, and has to be destroyed again.
    client.on('connect', () => this.#isOver && destroy(client));
    await client.connect();
    await this.#identify(client);
    this.#patience.end();
  }

  async #identify(client: RedisClient): Promise<void> {
    let reply: unknown;
    try {
      reply = await client.sendCommand(['CLIENT', 'INFO']);
    } catch (error) {
      // Servers before 6.2 do not know it, and others may not allow it; a lost connection has been told of already.
      if (this.#isOver) throw error;
    }
    const [, id, address] = /^id=(\d+) addr=(\S+)/.exec(String(reply)) ?? [];
    if (address !== undefined) this.#identity = { id: Number(id), address };
  }

  #fail(reason: unknown): void {
    if (this.#isOver) return;
    this.end(reason);
    // OpenSSL ends its messages with a line end.
    this.ended(new Error(messageOf(reason).trim() || 'the connection failed', { cause: reason }));
  }
}

/** Best effort: what cannot be destroyed is gone. */
function destroy(client: RedisClient | undefined): void {
  try {
    client?.destroy();
  } catch {
    // Nothing is left to release.
  }
}
