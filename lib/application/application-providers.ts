import { Inject, type InjectionToken, type Type } from '@nestjs/common';
import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { CacheConfigurationError } from '../core/errors.js';
import {
  dependenciesOfClass,
  findVisible,
  type Found,
  type HostModule,
  type ProviderWrapper,
  showToken,
  wayTo,
  wrapperOf,
} from './provider-search.js';

/** Who asks for a provider while the application starts. */
export interface Asking {
  /** What the provider is, to begin an error with: `the router "x"`. */
  readonly what: string;
  /** The provider of `CacheModule` that is not made before the answer is there: nothing that depends on it may be waited for. */
  readonly holdsUp: InjectionToken;
}

/** The providers of an application as `CacheModule` finds them, in whatever module they are. */
export class ApplicationProviders {
  readonly #own: HostModule;

  /** @param own the ModuleRef of `CacheModule` */
  constructor(
    own: ModuleRef,
    private readonly modules: ModulesContainer,
  ) {
    this.#own = [...modules.values()].find((module) => moduleRefOf(module) === own)!;
  }

  /** Returns all providers, with the modules that declare them. */
  *all(): Iterable<Found & { readonly wrapper: ProviderWrapper }> {
    for (const module of this.modules.values()) {
      for (const [token, wrapper] of module.providers) yield { token, module, wrapper };
    }
  }

  /**
   * Finds the provider of one of these tokens: what `CacheModule` sees comes first, then whatever other modules keep for themselves.
   *
   * @throws {CacheConfigurationError} if several others have one
   */
  find(tokens: readonly InjectionToken[], what: string): Found | undefined {
    for (const token of tokens) {
      const visible = findVisible(token, this.#own);
      if (visible) return visible;
    }
    const [found, ...others] = [...this.all()].filter(({ token }) => tokens.includes(token));
    if (others.length === 0) return found;
    const modules = [found!, ...others].map(({ module }) => module.name);
    throw new CacheConfigurationError(
      `CacheModule: ${what} is provided by several modules: ${modules.join(', ')}. Let one alone provide it, or make that one global.`,
    );
  }

  /**
   * Returns the instance of a provider once it is there, which for one that is made asynchronously takes time.
   *
   * @throws {CacheConfigurationError} if it would wait for who asks, or if every request has one of its own
   */
  async instanceOf(found: Found, asking: Asking): Promise<unknown> {
    this.#refuseCircle([], found, asking);
    // The injector of that module waits for it, as it does for every dependency.
    const { held } = await make(holderOf(found.token), found.module, [found], asking);
    return held;
  }

  /**
   * Makes an instance of a class that nobody provides, with its dependencies injected: those that `CacheModule` sees, or else all from
   * one of the modules that import it.
   *
   * @throws {CacheConfigurationError} as `instanceOf`
   */
  async create<T>(type: Type<T>, asking: Asking): Promise<T> {
    const tokens = dependenciesOfClass(type);
    const home =
      this.#homes().find((module) => tokens.every((token) => findVisible(token, module))) ?? this.#own;
    const dependencies = tokens.flatMap((token) => findVisible(token, home) ?? []);
    for (const found of dependencies) this.#refuseCircle([type.name], found, asking);
    return make(type, home, dependencies, asking);
  }

  /**
   * Lets a module shut down after the caches, which need it to the end. Nest goes by how deep modules are; of global ones, that counts as
   * equal, and the order of imports decides.
   */
  shutDownAfterCaches(module: HostModule): void {
    // Among those with middleware, the depth also decides whose comes first.
    const hasMiddleware = 'configure' in (module.metatype.prototype as object);
    if (module.distance === this.#own.distance && !hasMiddleware) module.distance = Infinity;
  }

  #homes(): HostModule[] {
    const importing = [...this.modules.values()].filter((module) => module.imports.has(this.#own));
    return [this.#own, ...importing.toSorted((a, b) => a.distance - b.distance)];
  }

  /** Who is waited for and waits in turn would do so forever, without a word. */
  #refuseCircle(begin: readonly string[], found: Found, { what, holdsUp }: Asking): void {
    const target = { token: holdsUp, module: this.#own };
    // A factory's instance is undefined or null until it has returned.
    if (wrapperOf(target)?.instance) return;
    const way = wayTo(target, found);
    if (!way) return;
    throw new CacheConfigurationError(
      `CacheModule: ${what} depends on the caches, which wait for it: ${[...begin, ...way].join(' → ')}. ` +
        'Let it do without them, or ask for them only after the start.',
    );
  }
}

async function make<T>(
  type: Type<T>,
  home: HostModule,
  dependencies: readonly Found[],
  { what }: Asking,
): Promise<T> {
  try {
    return await moduleRefOf(home).create(type);
  } catch (error) {
    if (dependencies.every((found) => wrapperOf(found)?.isDependencyTreeStatic())) throw error;
    throw new CacheConfigurationError(
      `CacheModule: ${what} is request-scoped, or depends on what is; a cache outlives requests.`,
      { cause: error },
    );
  }
}

function moduleRefOf(module: HostModule): ModuleRef {
  return module.providers.get(ModuleRef)!.instance as ModuleRef;
}

/** Without a name, since a token may be any. */
function holderOf(token: InjectionToken): Type<{ readonly held: unknown }> {
  const holder = (() =>
    class {
      constructor(readonly held: unknown) {}
    })();
  Inject(token)(holder, undefined, 0);
  return holder;
}

/** Writes the token of a provider for an error. */
export function quoteToken(token: InjectionToken): string {
  return typeof token === 'string' ? JSON.stringify(token) : showToken(token);
}
