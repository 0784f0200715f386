import type { BackendContext } from '../cache-backend.js';
import type { MemcachedServer } from './memcached-server.js';
import { Namespace } from './namespace.js';
import { Stamp } from './stamp.js';
import { stampKey } from './wire-key.js';

/** One server of the ring with what it holds: the entries of its own, and those that spilled to it from servers out of use. */
export class Member {
  readonly own: Namespace;
  /** Something that was sent, or done elsewhere meanwhile, makes what the server has untrustworthy. */
  isDoubtful = false;
  readonly #spills = new Map<string, Namespace>();

  constructor(
    readonly server: MemcachedServer,
    private readonly context: Pick<BackendContext, 'scope' | 'clock'>,
  ) {
    this.own = this.#namespace();
  }

  get name(): string {
    return this.server.name;
  }

  /**
   * Returns where entries of another server lie while that is out of use. They are hidden by a stamp of their own: what an earlier outage
   * left here was overtaken since.
   */
  spillOf(name: string): Namespace {
    const known = this.#spills.get(name);
    if (known) return known;
    const spill = this.#namespace(name);
    this.#spills.set(name, spill);
    return spill;
  }

  /** Hides all that the server has of this scope, also what other processes spilled to it. */
  async hideAll(others: readonly Member[]): Promise<void> {
    const namespaces = [this.own, ...others.map(({ name }) => this.spillOf(name))];
    await Promise.all(namespaces.map(({ stamp }) => stamp.move()));
  }

  #namespace(part?: string): Namespace {
    const { scope, clock } = this.context;
    return new Namespace(this.server, new Stamp(this.server, stampKey(scope, part)), clock);
  }
}
