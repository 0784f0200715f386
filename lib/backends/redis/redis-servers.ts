import type { BackendServers } from '../cache-backend.js';
import type { RedisCommand } from './redis-client.js';

export type Purpose = 'read' | 'write';

/** Sends commands to one server. */
export type Send = (command: RedisCommand) => Promise<unknown>;

/** The servers behind a location: which one a key belongs to, and how to reach it. Aliases on one location share them. */
export interface RedisServers extends Pick<BackendServers, 'names' | 'nameFor' | 'probe'> {
  /** Keys live in slots, and a command names keys of one slot alone. */
  readonly isCluster: boolean;
  /** Sends a command about a key. */
  send(key: string, purpose: Purpose, command: RedisCommand): Promise<unknown>;
  /** Returns these keys in parts that one command can name. */
  parts(keys: readonly string[], purpose: Purpose): Iterable<readonly string[]>;
  /** Sends a command about one of `parts`. */
  sendPart(keys: readonly string[], purpose: Purpose, command: RedisCommand): Promise<unknown>;
  /** Sends a command about a key of this backend's own, whose slot is that of the given number. */
  sendToSlot(slot: number, command: RedisCommand): Promise<unknown>;
  /** Returns the servers behind a name, for commands about no key. */
  nodes(name: string): Promise<readonly Send[]>;
  /** Tells that anything may have been written. */
  wroteAnything(): void;
  /** Resolves when nothing that was sent to this server over earlier connections can take effect. */
  settle(name: string): Promise<void>;
  /** Tells that a reply about this key made no sense. */
  distrust(key: string, purpose: Purpose, reason: unknown): void;
  eject(name: string): void;
  readmit(name: string): void;
  /** Calls back when a server is lost; returns what ends that. */
  onLost(listener: LostListener): () => void;
  /** Begins to connect; resolves when it is clear whether that succeeds. */
  open(): Promise<void>;
  close(): void;
}

export type LostListener = (name: string, reason: unknown) => void;

/** Those who want to know of lost servers. */
export class LostListeners {
  readonly #listeners = new Set<LostListener>();

  add(listener: LostListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(name: string, reason: unknown): void {
    for (const listener of this.#listeners) listener(name, reason);
  }
}

/** Servers out of use, each for as long as one of the aliases that share them finds it sick. */
export class Ejections {
  readonly #counts = new Map<string, number>();

  has(name: string): boolean {
    return this.#counts.size > 0 && this.#counts.has(name);
  }

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Returns whether the server is in use again. */
  remove(name: string): boolean {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
    return count <= 0;
  }
}
