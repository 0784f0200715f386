import { COMMAND_OPTIONS, type RedisCommand } from './redis-client.js';
import { tagOf } from './key-slot.js';
import {
  type LostListener,
  LostListeners,
  type Purpose,
  type RedisServers,
  type Send,
} from './redis-servers.js';
import {
  type ClusterUserClient,
  isCluster,
  isSentinel,
  keepFromThrowing,
  type PlainUserClient,
  type RedisClientLike,
  type SentinelUserClient,
  type UserClient,
} from './user-client.js';

/** What is behind a client of the application. It connects, reconnects and is closed by the application alone. */
export class UserClientServers implements RedisServers {
  readonly isCluster: boolean;
  readonly #listeners = new LostListeners();
  readonly #names: readonly string[];
  readonly #sendFor: SendFor;
  readonly #noticeLoss: () => void;

  private readonly client: UserClient;

  constructor(
    given: RedisClientLike,
    private readonly name: string,
  ) {
    const client = given as UserClient;
    this.client = client;
    this.isCluster = isCluster(client);
    this.#names = [name];
    this.#sendFor = senderOf(client);
    this.#noticeLoss = (): void => {
      // Clients of several servers tell of errors that concern one of them.
      if (!this.#isReady) this.#listeners.tell(name, this.#notReady());
    };
    keepFromThrowing(client);
    for (const event of ['error', 'end', 'reconnecting']) client.on(event, this.#noticeLoss);
  }

  get #isReady(): boolean {
    return this.client.isReady ?? this.client.isOpen;
  }

  names(): readonly string[] {
    return this.#names;
  }

  nameFor(): string {
    return this.name;
  }

  /** Nothing is left to the client's queue: what it would send later is out of date by then. */
  send(key: string, _purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return this.#isReady ? this.#sendFor(key, command) : Promise.reject(this.#notReady());
  }

  parts(keys: readonly string[]): Iterable<readonly string[]> {
    return this.isCluster ? keys.map((key) => [key]) : [keys];
  }

  sendPart(keys: readonly string[], purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return this.send(keys[0]!, purpose, command);
  }

  sendToSlot(slot: number, command: RedisCommand): Promise<unknown> {
    return this.send(tagOf(slot), 'write', command);
  }

  async nodes(): Promise<readonly Send[]> {
    const { client } = this;
    if (!this.#isReady) throw this.#notReady();
    if (!isCluster(client)) return [(command) => this.#sendFor(undefined, command)];
    const nodes = await Promise.all(client.masters.map(async (master) => client.nodeClient(master)));
    return nodes.map((node) => senderOf(node)).map((send) => (command) => send(undefined, command));
  }

  wroteAnything(): void {}

  async probe(): Promise<void> {
    if (!this.#isReady) throw this.#notReady();
    await this.#sendFor(undefined, ['PING']);
  }

  async settle(): Promise<void> {}

  distrust(): void {}

  eject(): void {}

  readmit(): void {}

  onLost(listener: LostListener): () => void {
    return this.#listeners.add(listener);
  }

  async open(): Promise<void> {
    if (!this.#isReady) throw this.#notReady();
  }

  close(): void {
    for (const event of ['error', 'end', 'reconnecting']) this.client.off(event, this.#noticeLoss);
  }

  #notReady(): Error {
    return new Error(`${this.name} is not connected`);
  }
}

type SendFor = (key: string | undefined, command: RedisCommand) => Promise<unknown>;

/** Never to a replica, even if the client would: it may be behind, and nobody has asked for that here. */
function senderOf(client: UserClient): SendFor {
  const ours = client.withCommandOptions(COMMAND_OPTIONS);
  if (isCluster(client)) {
    const cluster = ours as ClusterUserClient;
    return (key, command) => cluster.sendCommand(key, false, command);
  }
  if (isSentinel(client)) {
    const sentinel = ours as SentinelUserClient;
    return (_key, command) => sentinel.sendCommand(false, command);
  }
  const plain = ours as PlainUserClient;
  return (_key, command) => plain.sendCommand(command);
}
