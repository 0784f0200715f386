import {
  type BackendCapabilities,
  type CacheConfiguration,
  CacheRegistry,
  type CacheService,
  type Surroundings,
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
  /** What its caches need beside their configuration. */
  readonly surroundings?: Pick<Surroundings, 'dataSources' | 'routers'>;
  /** Shortens the lifetimes of all entries, in a store with a clock of its own. */
  advance?(seconds: number): Promise<void>;
  /** Resolves when every server of the store shows what was written to it. */
  settle?(): Promise<void>;
  /** Makes the bytes of the entry of a final key unreadable, in the store. Undefined where nobody can get at them. */
  damage?(finalKey: string): Promise<void>;
  /** Writes something into the store that no cache has to do with, and tells whether it is still there. */
  readonly foreign?: { put(key: string): Promise<void>; has(key: string): Promise<boolean> };
  dispose(): Promise<void>;
}

/** What the conformance suite needs to know of a backend. */
export interface BackendHarness {
  readonly capabilities: BackendCapabilities;
  /** Whether its stores have `damage`. */
  readonly canDamage: boolean;
  /** Whether its stores have `foreign`. */
  readonly holdsForeignKeys?: boolean;
  /**
   * By how many seconds an entry may end earlier or later than the clock of the test says, because the store has a clock of its own
   * that ticks during the test; undefined where everything goes by the clock of the test, to the millisecond.
   */
  readonly timeGranularity?: number;
  /** The longest lifetime in seconds that the store can tell from no end at all; undefined for no limit. */
  readonly longestLifetime?: number;
  /** The largest payload in bytes, above which a value is refused; undefined for no limit that matters here. */
  readonly largestPayload?: number;
  /**
   * Whether counters go below zero; where they do not, they stop there, and negative numbers are none.
   *
   * @default true
   */
  readonly countsBelowZero?: boolean;
  /**
   * By which share of a bound the store may hold more or less, because it culls after the write rather than before; undefined where it is
   * exact at any moment.
   */
  readonly limitTolerance?: number;
  /**
   * The caches that the cases run against.
   *
   * @default all
   */
  readonly variants?: readonly VariantName[];
  /**
   * How many random programs are compared with a model, per cache.
   *
   * @default 40
   */
  readonly modelRuns?: number;
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
    readonly harness: BackendHarness,
    readonly store: Store,
    readonly registry: CacheRegistry,
    /** Stands still until `advance`. */
    readonly clock: FakeClock,
    readonly warnings: string[],
  ) {}

  /** @param names by default all of the four; each has connections of its own, which takes time */
  static async open(
    harness: BackendHarness,
    extra: SuiteOptions = {},
    names?: readonly VariantName[],
  ): Promise<Bench> {
    return Bench.on(harness, await harness.createStore(), extra, undefined, names);
  }

  /** Opens caches on a store that others use as well, as another process would; they share its clock. */
  static async beside(other: Bench, names?: readonly VariantName[]): Promise<Bench> {
    return Bench.on(other.harness, other.store, {}, other.clock, names);
  }

  private static async on(
    harness: BackendHarness,
    store: Store,
    extra: SuiteOptions,
    clock = new FakeClock(),
    names = Object.keys(VARIANTS) as readonly VariantName[],
  ): Promise<Bench> {
    const opened = new Set<VariantName>(['default', ...names]);
    const caches = Object.fromEntries(
      [...opened].map((name) => [name, store.configuration({ ...VARIANTS[name], ...extra })]),
    );
    const warnings: string[] = [];
    const registry = await openCaches(caches, {
      clock,
      warn: (message) => warnings.push(message),
      ...store.surroundings,
    });
    return new Bench(harness, store, registry, clock, warnings);
  }

  /** Moves the time of the caches, and that of their store. */
  async advance(seconds: number): Promise<void> {
    await this.store.advance?.(seconds);
    this.clock.advance(seconds);
    await this.settle();
  }

  /** Resolves when every process sees what was written. */
  async settle(): Promise<void> {
    await this.store.settle?.();
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
