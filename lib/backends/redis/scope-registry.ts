import { messageOf } from '../../core/show.js';
import type { KeyScheme } from '../cache-backend.js';
import { slotOf } from './key-slot.js';
import type { RedisServers } from './redis-servers.js';

/** No text holds this byte, so no key of a user's is one of ours. */
export const NO_TEXT = Buffer.of(0xff);

const TAG = 'nestjs-cache-framework';
const REGISTRY = Buffer.concat([NO_TEXT, Buffer.from(`{${TAG}}:scopes`)]);
const REGISTRY_SLOT = slotOf(TAG);

/** The beginning of the final keys of a scheme. */
export function beginningOf({ prefix, version }: Pick<KeyScheme, 'prefix' | 'version'>): string {
  return `${prefix}:${version}:`;
}

/**
 * The caches on a store whose entries can lie where the entries of another begin: those with a key function of their own, and those
 * whose prefix reads like prefix and version of another (`shop:2` beside `shop`). They are few, and only they are written down.
 */
export class ScopeRegistry {
  /** The scopes of others that this cache has to look out for. */
  #ownKeyScopes: readonly string[] = [];
  #nested: readonly string[] = [];
  #isRead = false;

  /** @param known scopes of the caches of this process, which may not be allowed to write the registry */
  constructor(
    private readonly scope: string,
    private readonly keys: KeyScheme,
    private readonly servers: RedisServers,
    private readonly known: Set<string>,
  ) {
    if (this.#isToRegister) known.add(scope);
    this.#take(known);
  }

  /** The beginnings of keys that belong to other caches although they begin like this cache's. */
  get nested(): readonly string[] {
    return this.#nested;
  }

  /** The scopes of other caches that have key functions of their own. */
  get ownKeyScopes(): readonly string[] {
    return this.#ownKeyScopes;
  }

  async register(): Promise<void> {
    if (this.#isToRegister) await this.#ask(['SADD', REGISTRY, this.scope]);
    await this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      const scopes = await this.#ask(['SMEMBERS', REGISTRY]);
      this.#take([...this.known, ...(Array.isArray(scopes) ? scopes : []).map(String)]);
      this.#isRead = true;
    } catch (error) {
      // In a cluster one master has it, and what was read last has to do while that is away: the others are well.
      if (!this.#isRead) throw error;
    }
  }

  get #isToRegister(): boolean {
    return !this.keys.isDefault || /:-?\d+:/.test(`${this.keys.prefix}:`);
  }

  #take(scopes: Iterable<string>): void {
    const others = [...new Set(scopes)]
      .filter((scope) => scope !== this.scope)
      .map((scope) => readScope(scope));
    const own = beginningOf(this.keys);
    this.#ownKeyScopes = others.filter(({ isDefault }) => isDefault === false).map(({ scope }) => scope);
    this.#nested = others
      .filter(
        ({ beginning, isDefault }) => isDefault === true && beginning !== own && beginning.startsWith(own),
      )
      .map(({ beginning }) => beginning);
  }

  async #ask(command: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.servers.sendToSlot(REGISTRY_SLOT, command);
    } catch (error) {
      // Users whose rights end at the prefix do without; their neighbours in this process are known.
      if (messageOf(error).startsWith('NOPERM')) return undefined;
      throw error;
    }
  }
}

interface Scope {
  readonly scope: string;
  /** Undefined if it is not written as a scope is. */
  readonly isDefault: boolean | undefined;
  readonly beginning: string;
}

/** Reads a scope as the cache above writes it: `[prefix, version]`, or with the alias where the key function is the user's own. */
function readScope(scope: string): Scope {
  try {
    const parts = JSON.parse(scope) as [string, number, string?];
    return {
      scope,
      isDefault: parts.length === 2,
      beginning: beginningOf({ prefix: parts[0], version: parts[1] }),
    };
  } catch {
    return { scope, isDefault: undefined, beginning: '' };
  }
}
