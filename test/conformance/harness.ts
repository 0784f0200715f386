import {
  type BackendCapabilities,
  type CacheConfiguration,
  CacheRegistry,
  type CacheService,
  openCaches,
} from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';

/** The options that the suite sets on the caches it opens. */
export interface SuiteOptions {
  keyPrefix?: string;
  version?: number;
  keyFunction?: (key: string, keyPrefix: string, version: number) => string;
  timeout?: number | string | null;
  maxEntries?: number;
  cullFrequency?: number;
  compressAbove?: number;
}

/** A store under test: a server, a folder, a name. */
export interface Store {
  /** Returns the configuration of a cache on this store. */
  configuration(options: SuiteOptions): CacheConfiguration;
  /** Makes the bytes of the entry of a final key unreadable, in the store. Undefined where nobody can get at them. */
  damage?(finalKey: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What the conformance suite needs to know of a backend. */
export interface BackendHarness {
  readonly capabilities: BackendCapabilities;
  /** Whether its stores have `damage`. */
  readonly canDamage: boolean;
  createStore(): Promise<Store>;
}

/** The four caches that every case runs against; all live on one store. */
export const VARIANTS = {
  default: {},
  prefixed: { keyPrefix: 'shop' },
  secondVersion: { version: 2 },
  ownKeys: { keyFunction: (key, keyPrefix, version) => `own|${key}|${keyPrefix}|${version}` },
} satisfies Record<string, SuiteOptions>;

export type VariantName = keyof typeof VARIANTS;

/** Caches on one store, with a clock that the test moves. */
export class Bench {
  private constructor(
    readonly store: Store,
    readonly registry: CacheRegistry,
    readonly clock: FakeClock,
    readonly warnings: string[],
  ) {}

  static async open(harness: BackendHarness, extra: SuiteOptions = {}): Promise<Bench> {
    return Bench.on(await harness.createStore(), extra);
  }

  static async on(store: Store, extra: SuiteOptions = {}, clock = new FakeClock()): Promise<Bench> {
    const caches = Object.fromEntries(
      Object.entries(VARIANTS).map(([alias, options]) => [
        alias,
        store.configuration({ ...options, ...extra }),
      ]),
    );
    const warnings: string[] = [];
    const registry = await openCaches(caches, { clock, warn: (message) => warnings.push(message) });
    return new Bench(store, registry, clock, warnings);
  }

  cache(name: VariantName = 'default'): CacheService {
    return this.registry.get(name);
  }

  others(name: VariantName): CacheService[] {
    return this.registry.all().filter(({ alias }) => alias !== name);
  }

  async close(): Promise<void> {
    await this.registry.closeAll();
    await this.store.dispose();
  }
}
