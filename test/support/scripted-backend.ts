import type { Answer } from '../../lib/core/answer.js';
import type { BackendServers, CacheBackend, StoredEntry } from '../../lib/index.js';

/** How the servers of a `ScriptedBackend` behave. */
export type Behaviour = 'well' | 'silent' | 'refusing';

/** A remote backend of two servers, by the first letter of the key, whose behaviour a test decides. */
export class ScriptedBackend implements CacheBackend {
  readonly capabilities = {
    isShared: true,
    isPersistent: true,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: true,
    limitsEntries: false,
    maxKeyBytes: null,
    isRemote: true,
  };
  readonly behaviour: Record<string, Behaviour> = { a: 'well', b: 'well' };
  readonly stores: Record<string, Map<string, StoredEntry>> = { a: new Map(), b: new Map() };
  /** What was asked, in order: `read a1`. */
  readonly asked: string[] = [];
  readonly servers: BackendServers = {
    names: () => ['a', 'b'],
    nameFor: (key) => key[0]!,
    probe: async (name) => this.#do(name, `probe ${name}`, () => {}),
    recover: async (name, doubtful) =>
      this.#do(name, `recover ${name} ${doubtful === 'all' ? 'all' : `[${doubtful.join(' ')}]`}`, () => {
        if (doubtful === 'all') this.stores[name]!.clear();
        else for (const key of doubtful) this.stores[name]!.delete(key);
      }),
    clear: async (name) => this.#do(name, `clear ${name}`, () => this.stores[name]!.clear()),
  };

  read(key: string): Answer<StoredEntry | undefined> {
    return this.#do(key[0]!, `read ${key}`, () => this.stores[key[0]!]!.get(key));
  }

  async write(key: string, payload: Buffer, expiresAt: number | null): Promise<void> {
    return this.#do(
      key[0]!,
      `write ${key}`,
      () => void this.stores[key[0]!]!.set(key, { payload, expiresAt }),
    );
  }

  async insert(key: string, payload: Buffer, expiresAt: number | null): Promise<boolean> {
    return this.#do(key[0]!, `insert ${key}`, () => {
      const store = this.stores[key[0]!]!;
      if (store.has(key)) return false;
      store.set(key, { payload, expiresAt });
      return true;
    });
  }

  async touch(key: string): Promise<boolean> {
    return this.#do(key[0]!, `touch ${key}`, () => this.stores[key[0]!]!.has(key));
  }

  async remove(key: string): Promise<boolean> {
    return this.#do(key[0]!, `remove ${key}`, () => this.stores[key[0]!]!.delete(key));
  }

  async clear(): Promise<void> {
    await Promise.all(this.servers.names('write').map((name) => this.servers.clear(name)));
  }

  async readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    return this.#do(keys[0]![0]!, `readMany ${keys.join(' ')}`, () => {
      const found = keys.map((key) => [key, this.stores[key[0]!]!.get(key)] as const);
      return new Map(found.filter((pair): pair is [string, StoredEntry] => pair[1] !== undefined));
    });
  }

  async #do<T>(server: string, what: string, act: () => T): Promise<T> {
    this.asked.push(what);
    if (this.behaviour[server] === 'silent') return new Promise<T>(() => {});
    if (this.behaviour[server] === 'refusing') throw new Error('refused');
    return act();
  }
}
