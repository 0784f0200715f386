import { messageOf } from '../../core/show.js';
import { slotOf, SLOTS } from './key-slot.js';
import { Link } from './link.js';
import type { ConnectionSettings, RedisCommand } from './redis-client.js';
import { type Endpoint, nameOf, type ServerAddress } from './redis-location.js';
import {
  Ejections,
  type LostListener,
  LostListeners,
  type Purpose,
  type RedisServers,
  type Send,
} from './redis-servers.js';
import { Questions } from './sentinels.js';
import { readRedirection, readSlots, type Redirection, type SlotRange } from './slot-table.js';

const SLOTS_COMMAND = ['CLUSTER', 'SLOTS'];
const RETRY_MS = 500;
const MOST_REDIRECTIONS = 5;

/** A master. */
interface Master {
  /** What it is called outside: for a while by the name of the master whose slots it has taken over. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly link: Link;
}

/** The masters of a cluster, one connection each. */
export class ClusterServers implements RedisServers {
  readonly isCluster = true;
  readonly #listeners = new LostListeners();
  readonly #ejected = new Ejections();
  readonly #questions: Questions;
  readonly #links = new Map<string, Link>();
  #masters: readonly Master[] = [];
  /** The master of each slot; empty until one of the nodes was asked. */
  readonly #slots: (Master | undefined)[] = Array.from({ length: SLOTS });
  #discovery: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly seeds: readonly ServerAddress[],
    private readonly settings: ConnectionSettings,
  ) {
    this.#questions = new Questions(settings);
  }

  names(): readonly string[] {
    return this.#masters.length === 0
      ? [this.#firstName]
      : [...new Set(this.#masters.map(({ name }) => name))];
  }

  nameFor(key: string): string {
    return this.#slots[slotOf(key)]?.name ?? this.#firstName;
  }

  get #firstName(): string {
    return this.#masters[0]?.name ?? nameOf(this.seeds[0]!.endpoint);
  }

  send(key: string, _purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return this.#sendTo(this.#slots[slotOf(key)], command);
  }

  sendPart(keys: readonly string[], purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return this.send(keys[0]!, purpose, command);
  }

  sendToSlot(slot: number, command: RedisCommand): Promise<unknown> {
    return this.#sendTo(this.#slots[slot], command);
  }

  #sendTo(master: Master | undefined, command: RedisCommand): Promise<unknown> {
    if (master)
      return master.link.send(command).catch((error: unknown) => this.#redirected(master, command, error));
    this.#discoverSoon();
    return Promise.reject(new Error('no master of the cluster is known for this key'));
  }

  async #redirected(from: Master, command: RedisCommand, failure: unknown): Promise<unknown> {
    let error = failure;
    let asked = from.endpoint;
    for (let redirections = 0; redirections < MOST_REDIRECTIONS; redirections++) {
      const redirection = readRedirection(messageOf(error), asked);
      if (!redirection) throw error;
      try {
        return await this.#follow(redirection, command);
      } catch (next) {
        error = next;
        asked = redirection.endpoint;
      }
    }
    throw error;
  }

  async #follow({ endpoint, isForGood, slot }: Redirection, command: RedisCommand): Promise<unknown> {
    const link = this.#linkTo(endpoint);
    await link.connect();
    if (isForGood) {
      this.#slots[slot] = { name: link.name, endpoint, link };
      this.#discoverSoon();
      return link.send(command);
    }
    // One after the other in one turn, so that nothing comes between them.
    const [, reply] = await Promise.all([link.send(['ASKING']), link.send(command)]);
    return reply;
  }

  /** Keys of one batch hardly ever share a slot, so each has a command; all of a node go out in one write. */
  parts(keys: readonly string[]): Iterable<readonly string[]> {
    return keys.map((key) => [key]);
  }

  async nodes(name: string): Promise<readonly Send[]> {
    const known = new Set(this.names());
    // Nobody may have noticed yet that slots have moved.
    await this.#discover();
    const named = this.#masters.filter((master) => master.name === name);
    // What a master had that is gone is with the others.
    const remaining = named.length > 0 ? named : this.#masters;
    const unheardOf = this.#masters.filter((master) => !known.has(master.name));
    const masters = [...new Set([...remaining, ...unheardOf])];
    await Promise.all(masters.map(({ link }) => link.connect()));
    return masters.map((master) => (command) => this.#sendTo(master, command));
  }

  wroteAnything(): void {}

  async probe(name: string): Promise<void> {
    const named = this.#masters.filter((master) => master.name === name);
    try {
      if (this.#masters.length === 0) await this.#reachAll();
      await Promise.all(named.map(({ link }) => link.probe()));
    } catch (error) {
      // Another may have taken over.
      this.#discoverSoon();
      throw error;
    }
  }

  async settle(name: string): Promise<void> {
    await Promise.all(
      this.#masters.filter((master) => master.name === name).map(({ link }) => link.settle()),
    );
  }

  distrust(key: string, _purpose: Purpose, reason: unknown): void {
    this.#slots[slotOf(key)]?.link.giveUp(reason);
  }

  eject(name: string): void {
    this.#ejected.add(name);
  }

  /** What the successor of this server held of its doubtful entries is gone by now, so it can go by its own name. */
  readmit(name: string): void {
    if (this.#ejected.remove(name))
      this.#name((master) => (master.name === name ? master.link.name : master.name));
  }

  onLost(listener: LostListener): () => void {
    return this.#listeners.add(listener);
  }

  open(): Promise<void> {
    return this.#reachAll();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#questions.close();
    for (const link of this.#links.values()) link.close();
  }

  #discoverSoon(): void {
    this.#reachAll().catch(() => undefined);
  }

  async #reachAll(): Promise<void> {
    await this.#discover();
    await Promise.all(this.#masters.map(({ link }) => link.connect()));
  }

  #discover(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('closed'));
    this.#discovery ??= this.#askForSlots().finally(() => (this.#discovery = undefined));
    return this.#discovery;
  }

  async #askForSlots(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const known = this.#masters
        .filter(({ link }) => link.isReady)
        .map(({ endpoint }) => this.#addressOf(endpoint));
      const ranges = await this.#questions.askOne([...known, ...this.seeds], SLOTS_COMMAND, readSlots);
      this.#apply(ranges);
    } catch (error) {
      if (this.#isClosed) throw error;
      if (this.#masters.length === 0) this.#listeners.tell(this.#firstName, error);
      this.#retry = setTimeout(() => this.#discoverSoon(), RETRY_MS);
      this.#retry.unref();
      throw error;
    }
  }

  #addressOf(endpoint: Endpoint): ServerAddress {
    const { isEncrypted, password, username } = this.seeds[0]!;
    return { endpoint, isEncrypted, password, username, database: undefined };
  }

  #linkTo(endpoint: Endpoint): Link {
    const name = nameOf(endpoint);
    const known = this.#links.get(name);
    if (known) return known;
    const link = new Link(name, () => endpoint, this.settings, {
      lost: (reason) => {
        const names = new Set(
          this.#masters.filter((master) => master.link === link).map((master) => master.name),
        );
        for (const each of names) this.#listeners.tell(each, reason);
        this.#discoverSoon();
      },
    });
    this.#links.set(name, link);
    return link;
  }

  #apply(ranges: readonly SlotRange[]): void {
    if (this.#isClosed) return;
    const current = new Set(ranges.map(({ endpoint }) => nameOf(endpoint)));
    const next: (Master | undefined)[] = Array.from({ length: SLOTS });
    const masters = new Map<string, Master>();
    for (const { endpoint, first, last } of ranges) {
      const link = this.#linkTo(endpoint);
      for (let slot = first; slot <= last; slot++) {
        // A successor may hold what its predecessor was told to remove and did not confirm. Until that is done it goes by the old name.
        const before = this.#slots[slot]?.name;
        const isHeir = before !== undefined && !current.has(before) && this.#ejected.has(before);
        const name = isHeir ? before : link.name;
        const master = masters.get(`${name} ${link.name}`) ?? { name, endpoint, link };
        masters.set(`${name} ${link.name}`, master);
        next[slot] = master;
      }
    }
    for (let slot = 0; slot < SLOTS; slot++) this.#slots[slot] = next[slot];
    this.#masters = [...masters.values()];
    this.#closeUnused(current);
  }

  #name(nameFor: (master: Master) => string): void {
    const renamed = new Map(this.#masters.map((master) => [master, { ...master, name: nameFor(master) }]));
    this.#masters = [...renamed.values()];
    for (let slot = 0; slot < SLOTS; slot++) {
      const master = this.#slots[slot];
      if (master) this.#slots[slot] = renamed.get(master) ?? master;
    }
  }

  #closeUnused(current: ReadonlySet<string>): void {
    for (const [name, link] of this.#links) {
      if (current.has(name)) continue;
      link.close();
      this.#links.delete(name);
    }
  }
}
