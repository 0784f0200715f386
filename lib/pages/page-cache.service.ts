import { RequestMethod, type Type } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { tagListOf } from '../cache/tag-list.js';
import { InvalidCacheArgumentError } from '../core/errors.js';
import { show } from '../core/show.js';
import { invalidateIn, type PagePlans } from './rules/page-plans.js';
import type { PlatformRequest } from './requests/page-request.js';
import { pathTag } from './requests/path-tag.js';
import { ApplicationRequests } from './detached/application-requests.js';
import { explainPage, type PageExplanation } from './service/explanation.js';
import type { RouteParameters } from './service/path-template.js';
import { type Route, routesOf } from './service/route-table.js';
import { asksForVersion } from './service/route-version.js';
import { type WarmedPage, type WarmOptions, warmPages } from './service/warming.js';

/** The pages of a handler: of one resource, if its route has parameters. */
export interface HandlerPages<Controller = unknown> {
  controller: Type<Controller>;
  /** The name of the method. */
  handler: keyof Controller & string;
  /** The parameters of the route, not yet encoded; a list for a wildcard that stands for several segments. */
  params?: RouteParameters;
}

type AnyHandlerPages = Omit<HandlerPages, 'handler'> & { handler: string };

/** Pages that are made of something. */
export interface TaggedPages {
  tags: readonly string[];
}

/** A request to explain. */
export interface RequestToExplain {
  /** With scheme and host, which are part of the key. */
  url: string;
  /** @default 'GET' */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** What a guard would find. */
  user?: unknown;
}

/**
 * The pages of an application: takes them out of the cache, puts them in ahead of time, and explains what happens to them.
 *
 * @publicApi
 */
export class PageCache {
  #routes: readonly Route[] | undefined;

  /** @internal Provided by `CacheModule`. */
  constructor(
    private readonly plans: PagePlans,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  /**
   * Takes pages out of the cache: all of a URL, whatever its query, host and variants; all with one of these tags; or all of a handler and
   * its parameters, global prefix and versions considered. It wins over every computation that began before it, in all processes. Tags are
   * invalidated as by `@InvalidateTags`: in every cache that keeps pages and in `default`, values included.
   *
   * @throws {CacheBackendError} if a store did not confirm
   * @throws {InvalidCacheArgumentError} for a handler that has no route, and for a parameter of the route that is missing
   * @example
   * ```ts
   * await pages.invalidate('/films/5');
   * await pages.invalidate({ tags: ['film:5'] });
   * await pages.invalidate({ controller: FilmsController, handler: 'film', params: { id: 5 } });
   * ```
   */
  async invalidate<Controller>(what: string | URL | TaggedPages | HandlerPages<Controller>): Promise<void> {
    const tags = this.#tagsOf(what);
    if (typeof what === 'object' && 'tags' in what) await this.plans.invalidateEverywhere(tags);
    else await invalidateIn(this.plans.caches, tags);
  }

  /**
   * Asks this application for pages, so that they are in the cache before their first visitor. The requests go through everything that
   * others go through, guards included, in this process and over no network; the application must be initialized, but need not listen.
   *
   * @param urls with scheme and host, which are part of the key; or paths, with the option `origin`
   * @returns what became of each, in the same order; a page that could not be had does not stop the others
   * @throws {InvalidCacheArgumentError} for what is no URL, before anything is asked
   * @example
   * ```ts
   * await pages.warm(['/', '/films'], { origin: 'https://shop.example', headers: { 'accept-language': 'fr' } });
   * ```
   */
  async warm(urls: readonly (string | URL)[], options: WarmOptions = {}): Promise<WarmedPage[]> {
    const httpAdapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!httpAdapter) {
      throw new InvalidCacheArgumentError(
        'PageCache.warm needs an application that answers HTTP: one made by NestFactory.create, not by createApplicationContext.',
      );
    }
    const server: { emit(event: 'request', ...given: unknown[]): boolean } = httpAdapter.getHttpServer();
    // Fastify takes requests once it is ready, which it otherwise is when it listens.
    await httpAdapter.getInstance<{ ready?(): unknown }>().ready?.();
    return warmPages(new ApplicationRequests(server), urls, options);
  }

  /**
   * Tells what the cache would do with a request, and why: whether a page is stored, under which key and variant, how fresh it is. Runs
   * no handler and no guard; give the user that a guard would find as `user`.
   *
   * @param request the URL of a GET request, with scheme and host, or a request with headers
   */
  async explain(request: string | URL | RequestToExplain): Promise<PageExplanation> {
    const asked = isUrl(request) ? { url: String(request) } : request;
    const { platformRequest, route } = this.#find(asked);
    if (!route) return { outcome: 'not-cached', reason: 'no route leads to the URL' };
    const handler = `${(route.controller as Type).name}.${route.name}`;
    const { page } = this.plans.planFor(route.controller, route.handler);
    return page
      ? explainPage(page, platformRequest, handler)
      : {
          outcome: 'not-cached',
          reason:
            'nothing says that the handler is cached, or @NeverCache or @NoSiteCache says that it is not',
          handler,
        };
  }

  #tagsOf(what: string | URL | TaggedPages | AnyHandlerPages): readonly string[] {
    if (isUrl(what)) return [pathTag(String(what))];
    if (typeof what === 'object' && what !== null) {
      if ('tags' in what) return tagListOf(what.tags);
      if ('controller' in what) return this.#pathTagsOf(what);
    }
    throw new InvalidCacheArgumentError(
      `PageCache.invalidate takes a URL, { tags } or { controller, handler, params }; got ${show(what)}.`,
    );
  }

  #pathTagsOf({ controller, handler, params = {} }: AnyHandlerPages): string[] {
    const routes = this.#allRoutes().filter(
      (route) => route.controller === controller && route.name === handler,
    );
    if (routes.length === 0) {
      throw new InvalidCacheArgumentError(
        `No route leads to ${controller?.name ?? show(controller)}.${handler}. Name a method of a controller of this application.`,
      );
    }
    return [...new Set(routes.flatMap(({ path }) => path.pathsFor(params)).map(pathTag))];
  }

  #find({ headers = {}, method = 'GET', url, user }: RequestToExplain): {
    platformRequest: PlatformRequest;
    route: Route | undefined;
  } {
    const { host, pathname, protocol, search, searchParams } = absoluteUrl(url);
    const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    const asked = {
      method,
      headers: { host, ...Object.fromEntries(named) },
      protocol: protocol.slice(0, -1),
      host,
      originalUrl: `${pathname}${search}`,
      url: `${pathname}${search}`,
      query: Object.fromEntries(searchParams),
      user,
    };
    const versioning = this.config.getVersioning();
    const route = this.#allRoutes()
      .filter((each) => answers(each, method) && each.path.match(pathname))
      .filter(({ version }) => asksForVersion(asked, version, versioning))
      .toSorted((one, other) => other.path.weight - one.path.weight)[0];
    return { platformRequest: { ...asked, params: route?.path.match(pathname) ?? {} }, route };
  }

  /** Read when they are first needed: the global prefix and versioning are set after the providers have been made. */
  #allRoutes(): readonly Route[] {
    return (this.#routes ??= routesOf(this.modules, this.config));
  }
}

/** Also a URL of another realm. */
function isUrl(value: string | object): value is string | URL {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && 'href' in value);
}

function answers({ method }: Route, asked: string): boolean {
  if (method === RequestMethod.ALL || RequestMethod[method] === asked) return true;
  return asked === 'HEAD' && method === RequestMethod.GET;
}

function absoluteUrl(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new InvalidCacheArgumentError(
    `PageCache.explain needs a URL with scheme and host, since they are part of the key; got ${show(url)}.`,
  );
}
