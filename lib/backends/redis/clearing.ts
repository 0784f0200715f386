import type { KeyScheme } from '../cache-backend.js';
import { globOf } from './glob.js';
import type { KeyIndex } from './key-index.js';
import type { RedisArgument } from './redis-client.js';
import type { RedisServers, Send } from './redis-servers.js';
import { beginningOf, type ScopeRegistry } from './scope-registry.js';
import { REMOVE_LISTED, run } from './scripts.js';

/** Keys per command: enough to be quick, few enough that nobody waits for the server. */
export const CHUNK = 1000;

/** Removes the entries of one cache from a store that it shares with others. */
export class Clearing {
  readonly #beginning: string;

  constructor(
    private readonly keys: KeyScheme,
    private readonly servers: RedisServers,
    private readonly registry: ScopeRegistry,
    private readonly index: KeyIndex,
  ) {
    this.#beginning = beginningOf(keys);
  }

  /** Removes the entries on the servers behind a name. */
  async clear(name: string): Promise<void> {
    await this.registry.refresh();
    this.servers.wroteAnything();
    for (const send of await this.servers.nodes(name)) {
      if (this.keys.isDefault) await this.#sweep(send);
      await this.#removeListed(send);
    }
    this.servers.wroteAnything();
  }

  /** Removes what begins like the final keys of this cache. What is no string is not ours. */
  async #sweep(send: Send): Promise<void> {
    let removal: Promise<unknown> = Promise.resolve();
    await scan(send, [`${globOf(this.#beginning)}*`, 'TYPE', 'string'], async (found) => {
      const own = await this.#withoutNeighbours(send, found);
      // While one page is removed the next is looked for.
      await removal;
      removal = this.#remove(send, own);
      removal.catch(() => undefined);
    });
    await removal;
  }

  async #withoutNeighbours(send: Send, found: readonly Buffer[]): Promise<readonly Buffer[]> {
    const { nested, ownKeyScopes } = this.registry;
    if (nested.length === 0 && ownKeyScopes.length === 0) return found;
    const own = found.filter((key) => !nested.some((beginning) => key.toString().startsWith(beginning)));
    const isListed = await Promise.all(
      own.map(async (key) => {
        const scores = ownKeyScopes.map((scope) =>
          send(['ZSCORE', this.index.nameFor(key.toString(), scope), key]),
        );
        return (await Promise.all(scores)).some((score) => score !== null);
      }),
    );
    return own.filter((_, index) => !isListed[index]);
  }

  #remove(send: Send, keys: readonly Buffer[]): Promise<unknown> {
    if (this.servers.isCluster) return Promise.all(keys.map((key) => send(['UNLINK', key])));
    return keys.length === 0 ? Promise.resolve() : send(['UNLINK', ...keys]);
  }

  async #removeListed(send: Send): Promise<void> {
    if (!this.servers.isCluster) return removeListed(send, this.index.nameFor(''));
    await scan(send, [this.index.pattern, 'TYPE', 'zset'], async (names) => {
      await Promise.all(names.map((name) => removeListed(send, name)));
    });
  }
}

async function removeListed(send: Send, index: Buffer): Promise<void> {
  let removed: unknown;
  do removed = await run(REMOVE_LISTED, send, index, String(CHUNK));
  while (removed === CHUNK);
}

type Filter = readonly [pattern: RedisArgument, 'TYPE', string];

/** Goes through the keys of a server, page by page. */
async function scan(
  send: Send,
  [pattern, ...type]: Filter,
  take: (keys: readonly Buffer[]) => Promise<void>,
): Promise<void> {
  let cursor = '0';
  do {
    const reply = await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(CHUNK), ...type]);
    const [next, keys] = reply as [Buffer, Buffer[]];
    await take(keys);
    cursor = String(next);
  } while (cursor !== '0');
}
