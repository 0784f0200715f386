import type { Clock, EpochMs } from '../../core/clock.js';
import type { KeyScheme } from '../cache-backend.js';
import { globOf } from './glob.js';
import { slotOf, tagOf } from './key-slot.js';
import type { RedisServers } from './redis-servers.js';
import { beginningOf, NO_TEXT, type ScopeRegistry } from './scope-registry.js';

/** After so many lines, those of entries that have ended are removed. */
const LINES_PER_CLEANING = 256;
/** The clocks of the processes that write to an index may differ by as much. */
const CLOCK_DIFFERENCE_MS = 3_600_000;

/**
 * Lists the entries of a cache that cannot be told by the beginning of their keys: those of other versions than its own, all those of a
 * cache with a key function of its own, and those that begin like a neighbour's. A sorted set by the moment of their end, beside the
 * entries: in a cluster one for each slot.
 */
export class KeyIndex {
  readonly #beginning: string;
  #lines = 0;

  constructor(
    private readonly scope: string,
    private readonly keys: KeyScheme,
    private readonly registry: ScopeRegistry,
    private readonly servers: RedisServers,
    private readonly clock: Clock,
  ) {
    this.#beginning = beginningOf(keys);
  }

  /** Tells whether an entry under this key has to be listed. */
  lists(key: string): boolean {
    if (!this.keys.isDefault || !key.startsWith(this.#beginning)) return true;
    return this.registry.nested.some((beginning) => key.startsWith(beginning));
  }

  async add(key: string, expiresAt: EpochMs | null): Promise<void> {
    const slot = slotOf(key);
    const name = this.nameFor(key);
    const end = expiresAt === null ? '+inf' : String(expiresAt);
    if (++this.#lines % LINES_PER_CLEANING === 0) {
      const ended = `(${this.clock.now() - CLOCK_DIFFERENCE_MS}`;
      this.servers.sendToSlot(slot, ['ZREMRANGEBYSCORE', name, '-inf', ended]).catch(() => undefined);
    }
    await this.servers.sendToSlot(slot, ['ZADD', name, end, key]);
  }

  /** The name of the index that lists this key, for this cache or for one of another scope. */
  nameFor(key: string, scope = this.scope): Buffer {
    const beginning = scope === this.scope ? this.#beginning : beginningOfScope(scope);
    return indexName(beginning, scope, this.servers.isCluster ? `{${tagOf(slotOf(key))}}` : '');
  }

  /** What the names of all indexes of this cache on a node of a cluster match. */
  get pattern(): Buffer {
    return indexName(globOf(this.#beginning), globOf(this.scope), '{*}');
  }
}

/** Begins like the entries, so that rights which end at a prefix suffice, unless the prefix decides on the slot by a tag of its own. */
function indexName(beginning: string, scope: string, tag: string): Buffer {
  const [head, tail] = tag !== '' && beginning.includes('{') ? [tag, ''] : ['', tag];
  return Buffer.concat([Buffer.from(head + beginning), NO_TEXT, Buffer.from(tail + scope)]);
}

function beginningOfScope(scope: string): string {
  const [prefix, version] = JSON.parse(scope) as [string, number];
  return beginningOf({ prefix, version });
}
