import type { Timeout } from '../core/timeout.js';
import type { RequestView } from './requests/page-request.js';
import { type CachePageOptions, mergeRules, type PageRule, pageRuleOf } from './rules/page-rule.js';

const PAGE_RULE = 'nestjs-cache-framework:page';

/**
 * Caches the rendered response of a GET handler, or of all GET handlers of a class: status, headers and body, after every
 * interceptor has run. A hit answers without running the handler; guards run before. HEAD is answered from the page of GET.
 *
 * Only status 200 is stored, and others that `negative` names, and nothing that may be meant for one person: responses with `Set-Cookie`, `Vary: *` or
 * `Cache-Control: private`, `no-store`, `no-cache`, and answers to `Authorization` or a signed-in user (`request.user`)
 * that do not say `public`. `Vary` is honoured.
 *
 * What stands at class and method is merged, option by option: the method wins, lists of `vary` and `tags` unite. The order of decorators
 * does not matter.
 *
 * Sets `Cache-Control: max-age`, `Expires` and `Cache-Status`, and `Age` on hits. Headers that middleware, guards and decorators
 * such as `@Header` set before the handler are theirs to set again on hits; the page keeps what came after.
 *
 * Interceptors of the method, of the class and of `useGlobalInterceptors` run on misses alone. One that `AppModule` provides as
 * `APP_INTERCEPTOR` stands around the cache: on hits it sees `undefined`, after the answer has gone out; if it stops listening
 * after the first value (`first()`), nothing is stored, since that looks like an error.
 *
 * @param timeout how long the server keeps the page and browsers may: a number of seconds, or text with a unit (`'15m'`).
 * `undefined`: the default of the cache. `null`: for ever (browsers are told one year). `0` or less: not kept
 * @param options see there; what its functions throw fails the request
 * @throws {InvalidTimeoutError | CacheConfigurationError} when the class is loaded
 * @see https://docs.djangoproject.com/en/stable/topics/cache/#the-per-view-cache
 * @example
 * ```ts
 * @Get('report')
 * @CachePage('15m')
 * report() { … }
 *
 * @Get(':id')
 * @CachePage('1h', { maxAge: '1m', tags: (request) => `film:${request.params.id}`, query: { ignore: ['utm_*'] } })
 * film() { … }
 * ```
 * @publicApi
 */
export function CachePage<Request = RequestView>(
  timeout?: Timeout,
  options?: CachePageOptions<Request>,
): MethodDecorator & ClassDecorator;
/** The same, for the default timeout of the cache, or with `standards`. */
export function CachePage<Request = RequestView>(
  options: CachePageOptions<Request>,
): MethodDecorator & ClassDecorator;
export function CachePage(
  first?: Timeout | CachePageOptions<never>,
  second: object = {},
): MethodDecorator & ClassDecorator {
  const [timeout, options] = isOptions(first) ? [undefined, first] : [first, second];
  const rule = pageRuleOf(timeout, options);
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    Reflect.defineMetadata(PAGE_RULE, rule, (descriptor?.value as object | undefined) ?? target);
  };
}

function isOptions(given: unknown): given is CachePageOptions<never> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

/** Returns what `@CachePage` says of a handler, on its class and on itself; undefined if nothing. */
export function pageRuleFor(controller: object, handler: object): PageRule | undefined {
  return mergeRules(
    Reflect.getMetadata(PAGE_RULE, controller) as PageRule | undefined,
    Reflect.getMetadata(PAGE_RULE, handler) as PageRule | undefined,
  );
}

/** Whether `@CachePage` stands at a class itself, not at one that it extends, or at a handler. */
export function hasOwnPageRule(place: object): boolean {
  return Reflect.hasOwnMetadata(PAGE_RULE, place);
}
