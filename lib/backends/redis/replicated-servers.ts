import type { Clock } from '../../core/clock.js';
import { messageOf } from '../../core/show.js';
import { slotOf } from './key-slot.js';
import { Link } from './link.js';
import { RecentWrites } from '../recent-writes.js';
import type { ConnectionSettings, RedisCommand } from './redis-client.js';
import { type Endpoint, nameOf } from './redis-location.js';
import {
  Ejections,
  type LostListener,
  LostListeners,
  type Purpose,
  type RedisServers,
  type Send,
} from './redis-servers.js';
import { ReplicaState } from './replica-state.js';

export interface ServerToReach {
  readonly endpoint: Endpoint;
  readonly settings: ConnectionSettings;
}

/** A leader that takes all writes, and replicas that share the reads. */
export class ReplicatedServers implements RedisServers {
  readonly isCluster = false;
  readonly #listeners = new LostListeners();
  readonly #ejected = new Ejections();
  readonly #leader: Link;
  readonly #replicas: readonly ReplicaState[];
  readonly #links: ReadonlyMap<string, Link>;
  readonly #recent: RecentWrites | undefined;

  constructor([leader, ...replicas]: readonly ServerToReach[], readYourWritesMs: number, clock: Clock) {
    const lost = (name: string, reason: unknown): void => this.#listeners.tell(name, reason);
    const { endpoint, settings } = leader!;
    const leaderName = nameOf(endpoint);
    this.#leader = new Link(leaderName, () => endpoint, settings, {
      lost: (reason) => lost(leaderName, reason),
    });
    this.#replicas = replicas.map((replica) => new ReplicaState(replica.endpoint, replica.settings, lost));
    this.#links = new Map(
      [this.#leader, ...this.#replicas.map(({ link }) => link)].map((link) => [link.name, link]),
    );
    if (readYourWritesMs > 0) this.#recent = new RecentWrites(readYourWritesMs, clock);
  }

  names(purpose: Purpose): readonly string[] {
    return purpose === 'write' ? [this.#leader.name] : [...this.#links.keys()];
  }

  nameFor(key: string, purpose: Purpose): string {
    return this.#linkFor(key, purpose).name;
  }

  #linkFor(key: string, purpose: Purpose): Link {
    if (purpose === 'write' || this.#recent?.has(key)) return this.#leader;
    const usable = this.#replicas.filter(
      (replica) => replica.isUsable && !this.#ejected.has(replica.link.name),
    );
    // Always the same one for a key, so that what was seen of it is not unseen by the next read.
    return usable[slotOf(key) % usable.length]?.link ?? this.#leader;
  }

  send(key: string, purpose: Purpose, command: RedisCommand): Promise<unknown> {
    return purpose === 'read'
      ? this.#linkFor(key, purpose).send(command)
      : this.#write(() => this.#recent?.add(key), command);
  }

  /** The window is open while the write is under way, and begins anew when it is done. */
  #write(note: () => void, command: RedisCommand): Promise<unknown> {
    note();
    return this.#leader.send(command).finally(note);
  }

  parts(keys: readonly string[], purpose: Purpose): Iterable<readonly string[]> {
    const parts = new Map<Link, string[]>();
    for (const key of keys) {
      const link = this.#linkFor(key, purpose);
      const part = parts.get(link);
      if (part) part.push(key);
      else parts.set(link, [key]);
    }
    return parts.values();
  }

  sendPart(keys: readonly string[], purpose: Purpose, command: RedisCommand): Promise<unknown> {
    if (purpose === 'read') return this.#linkFor(keys[0]!, purpose).send(command);
    return this.#write(() => {
      for (const key of keys) this.#recent?.add(key);
    }, command);
  }

  sendToSlot(_slot: number, command: RedisCommand): Promise<unknown> {
    return this.#leader.send(command);
  }

  async nodes(): Promise<readonly Send[]> {
    return [(command) => this.#leader.send(command)];
  }

  wroteAnything(): void {
    this.#recent?.addAll();
  }

  async probe(name: string): Promise<void> {
    await this.#links.get(name)?.probe();
    const replica = this.#replicas.find(({ link }) => link.name === name);
    if (!replica) return;
    const reason = await replica.check();
    if (reason !== undefined) throw new Error(reason);
  }

  async settle(name: string): Promise<void> {
    await this.#links.get(name)?.settle();
  }

  distrust(key: string, purpose: Purpose, reason: unknown): void {
    this.#linkFor(key, purpose).giveUp(reason);
  }

  eject(name: string): void {
    this.#ejected.add(name);
  }

  readmit(name: string): void {
    this.#ejected.remove(name);
  }

  onLost(listener: LostListener): () => void {
    return this.#listeners.add(listener);
  }

  async open(): Promise<void> {
    const outcomes = await Promise.allSettled([
      this.#leader.connect(),
      ...this.#replicas.map((each) => each.open()),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw new Error(messageOf(failed.reason));
  }

  close(): void {
    this.#leader.close();
    for (const replica of this.#replicas) replica.close();
  }
}
