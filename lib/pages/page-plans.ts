import { VERSION_METADATA } from '@nestjs/common/constants.js';
import type { CacheRegistry } from '../cache/cache-registry.js';
import { DEFAULT_ALIAS } from '../cache/cache-registry.js';
import type { LifetimeMs } from '../core/timeout.js';
import { pageRuleFor } from './cache-page.decorator.js';
import { pageCodec } from './page-codec.js';
import { DEFAULT_BODY_LIMIT } from './page-rule.js';
import { PageStore } from './page-store.js';

/** All that is decided once per handler. */
export interface PagePlan {
  /** Names the handler, alike in all processes. */
  readonly route: string;
  readonly store: PageStore;
  readonly lifetime: LifetimeMs;
  readonly bodyLimit: number;
}

/** Finds the plan for a handler, worked out at its first request. */
export class PagePlans {
  readonly #plans = new WeakMap<object, Map<object, PagePlan | undefined>>();
  readonly #stores = new Map<string, PageStore>();

  constructor(private readonly registry: CacheRegistry) {}

  /** Returns undefined for a handler whose pages are not cached. Methods that classes inherit have a plan per class. */
  planFor(controller: object, handler: object): PagePlan | undefined {
    let plans = this.#plans.get(controller);
    if (!plans) this.#plans.set(controller, (plans = new Map<object, PagePlan | undefined>()));
    if (!plans.has(handler)) plans.set(handler, this.#plan(controller, handler));
    return plans.get(handler);
  }

  #plan(controller: object, handler: object): PagePlan | undefined {
    const rule = pageRuleFor(controller, handler);
    if (!rule) return undefined;
    const store = this.#storeFor(rule.cache ?? DEFAULT_ALIAS, rule.keyPrefix ?? '');
    const lifetime = rule.timeout === undefined ? store.cache.defaultTimeout : rule.timeout;
    const route = routeOf(controller, handler);
    return { route, store, lifetime, bodyLimit: rule.bodyLimit ?? DEFAULT_BODY_LIMIT };
  }

  #storeFor(alias: string, keyPrefix: string): PageStore {
    const name = JSON.stringify([alias, keyPrefix]);
    let store = this.#stores.get(name);
    if (!store)
      this.#stores.set(name, (store = new PageStore(this.registry.get(alias).view(pageCodec), keyPrefix)));
    return store;
  }
}

/** Handlers of one URL differ in class, method or the version that they stand for. */
function routeOf(controller: object, handler: object): string {
  const version: unknown =
    Reflect.getMetadata(VERSION_METADATA, handler) ?? Reflect.getMetadata(VERSION_METADATA, controller);
  return JSON.stringify([
    (controller as { name?: string }).name,
    (handler as { name?: string }).name,
    version,
  ]);
}
