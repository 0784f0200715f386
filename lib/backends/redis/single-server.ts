import { messageOf } from '../../core/show.js';
import { Link } from './link.js';
import type { ConnectionSettings, RedisCommand } from './redis-client.js';
import type { Endpoint } from './redis-location.js';
import {
  type LostListener,
  LostListeners,
  type Purpose,
  type RedisServers,
  type Send,
} from './redis-servers.js';

/** Tells where the one server is; it may move. */
export interface Locator {
  /** It can be somewhere else the next time. */
  readonly canMove: boolean;
  locate(): Promise<Endpoint> | Endpoint;
  close?(): void;
}

/** One server, or the leader of the moment that sentinels name. */
export class SingleServer implements RedisServers {
  readonly isCluster = false;
  readonly #listeners = new LostListeners();
  readonly #names: readonly string[];
  readonly #link: Link;

  constructor(
    private readonly name: string,
    private readonly locator: Locator,
    settings: ConnectionSettings,
  ) {
    this.#names = [name];
    const lost = (reason: unknown): void => this.#listeners.tell(name, reason);
    this.#link = new Link(name, () => locator.locate(), settings, { lost });
  }

  names(): readonly string[] {
    return this.#names;
  }

  nameFor(): string {
    return this.name;
  }

  send(_key: string, purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return purpose === 'read' ? this.#link.send(command) : this.#write(command);
  }

  #write(command: RedisCommand): Promise<unknown> {
    const reply = this.#link.send(command);
    if (!this.locator.canMove) return reply;
    return reply.catch((error: unknown) => {
      // A leader that has become a replica: where the new one is has to be asked.
      if (messageOf(error).startsWith('READONLY')) this.#link.giveUp(error);
      throw error;
    });
  }

  parts(keys: readonly string[]): Iterable<readonly string[]> {
    return [keys];
  }

  sendPart(_keys: readonly string[], purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return this.send('', purpose, command);
  }

  sendToSlot(_slot: number, command: RedisCommand): Promise<unknown> {
    return this.#write(command);
  }

  async nodes(): Promise<readonly Send[]> {
    return [(command) => this.#write(command)];
  }

  wroteAnything(): void {}

  probe(): Promise<void> {
    return this.#link.probe();
  }

  settle(): Promise<void> {
    return this.#link.settle();
  }

  distrust(_key: string, _purpose: Purpose, reason: unknown): void {
    this.#link.giveUp(reason);
  }

  eject(): void {}

  readmit(): void {}

  onLost(listener: LostListener): () => void {
    return this.#listeners.add(listener);
  }

  open(): Promise<void> {
    return this.#link.connect();
  }

  close(): void {
    this.#link.close();
    this.locator.close?.();
  }
}
