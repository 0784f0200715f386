import type { BackendServers } from '../cache-backend.js';
import type { Clearing } from './clearing.js';
import type { Purpose, RedisServers } from './redis-servers.js';

/** The servers as the guard of one alias sees them. */
export class ServersOfOneAlias implements BackendServers {
  readonly #ejected = new Set<string>();
  #afterRecovery: (() => Promise<void>) | undefined;

  constructor(
    private readonly servers: RedisServers,
    private readonly clearing: Clearing,
    private readonly remove: (keys: readonly string[]) => Promise<void>,
  ) {}

  names(purpose: Purpose): readonly string[] {
    return this.servers.names(purpose);
  }

  nameFor(key: string, purpose: Purpose): string {
    return this.servers.nameFor(key, purpose);
  }

  probe(name: string): Promise<void> {
    return this.servers.probe(name);
  }

  async recover(name: string, doubtful: readonly string[] | 'all'): Promise<void> {
    await this.servers.settle(name);
    await this.#tryAfterRecovery();
    // Replicas hear of removals from their leader.
    if (!this.servers.names('write').includes(name) && doubtful.length === 0) return;
    if (doubtful === 'all') await this.clear(name);
    else if (doubtful.length > 0) await this.remove(doubtful);
  }

  /** In a cluster this may need another server, which is no reason not to use the one that is back; it is tried again with the next. */
  async #tryAfterRecovery(): Promise<void> {
    const task = this.#afterRecovery;
    try {
      await task?.();
      if (this.#afterRecovery === task) this.#afterRecovery = undefined;
    } catch {
      // Kept.
    }
  }

  clear(name: string): Promise<void> {
    return this.clearing.clear(name);
  }

  eject(name: string): void {
    if (this.#ejected.has(name)) return;
    this.#ejected.add(name);
    this.servers.eject(name);
  }

  readmit(name: string): void {
    if (this.#ejected.delete(name)) this.servers.readmit(name);
  }

  readmitAll(): void {
    for (const name of this.#ejected) this.servers.readmit(name);
    this.#ejected.clear();
  }

  /** Something to do once when a server is back. */
  onceRecovered(task: () => Promise<void>): void {
    this.#afterRecovery = task;
  }
}
