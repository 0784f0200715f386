import type { BackendServers } from '../cache-backend.js';
import type { Member } from './member.js';
import type { Placement } from './placement.js';

/** How a cache is emptied: by hiding its entries, or by emptying the servers. */
export type ClearStrategy = 'namespace' | 'flushAll';

/** The servers of the ring, as the guard sees them. */
export class MemcachedServers implements BackendServers {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #names: readonly string[];

  constructor(
    members: readonly Member[],
    private readonly placement: Placement,
    private readonly clearStrategy: ClearStrategy,
  ) {
    this.#members = new Map(members.map((member) => [member.name, member]));
    this.#names = [...this.#members.keys()];
  }

  names(): readonly string[] {
    return this.#names;
  }

  nameFor(key: string): string {
    return this.placement.of(key).member.name;
  }

  async probe(name: string): Promise<void> {
    await this.#member(name).server.probe();
  }

  /**
   * A server that was out of use has not heard of what happened meanwhile, and one that lost a connection may still carry out what came over
   * it; so may others with what spilled to them. A new stamp hides all that. Otherwise these keys are all there is to remove.
   */
  async recover(name: string, doubtful: readonly string[] | 'all'): Promise<void> {
    const member = this.#member(name);
    const isInDoubt = member.server.takeDoubt() || doubtful === 'all' || this.placement.isEjected(name);
    // Kept on the member, since a failure below must not forget it.
    if (isInDoubt) member.isDoubtful = true;
    if (!member.isDoubtful) {
      if (doubtful.length > 0) await member.own.removeMany(doubtful as readonly string[]);
      return;
    }
    const others = this.#othersThan(name);
    const reachable = others.filter((other) => !this.placement.isEjected(other.name));
    await Promise.all([
      member.hideAll(others),
      ...reachable.map((other) => other.spillOf(name).stamp.move()),
    ]);
    member.isDoubtful = false;
  }

  async clear(name: string): Promise<void> {
    const member = this.#member(name);
    if (this.clearStrategy === 'flushAll') await member.server.flushAll();
    else await member.hideAll(this.#othersThan(name));
  }

  /**
   * The keys of this server go to the others. What lies there from an earlier time, of whatever process, is not to be found. An only server
   * stays: nothing happens elsewhere that it would not hear of.
   */
  eject(name: string): void {
    if (this.#members.size === 1 || this.placement.isEjected(name)) return;
    for (const other of this.#othersThan(name)) other.spillOf(name).stamp.moveBeforeUse();
    this.placement.eject(name);
  }

  readmit(name: string): void {
    this.placement.readmit(name);
  }

  #othersThan(name: string): Member[] {
    return [...this.#members.values()].filter((member) => member.name !== name);
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    if (member) return member;
    throw new TypeError(`there is no server ${name}`);
  }
}
