import { CacheConfigurationError } from '../../core/errors.js';
import { show } from '../../core/show.js';
import type { RequestView } from '../requests/page-request.js';
import type { EntityTagFunction, LastModifiedFunction } from './conditions.js';
import { policyDecorator } from './policy-rule.js';

type Maybe<T> = T | null | undefined;

/** A function of the request that may take its time, and may have nothing to tell. */
export type RequestFunction<Request, Result> = (request: Request) => Maybe<Result> | Promise<Maybe<Result>>;

/**
 * Answers `If-None-Match` and `If-Modified-Since` for handlers that know neither: the body that the handler made gets an `ETag`
 * unless it has one, and a client that has it already gets 304 without it. Saves the sending, not the making; streams and answers that
 * are no 200 pass through. Pages of `@CachePage` do not need it; Express makes an `ETag` of its own for most bodies, unless `app.disable('etag')`.
 *
 * @see https://docs.djangoproject.com/en/stable/ref/middleware/#django.middleware.http.ConditionalGetMiddleware
 * @publicApi
 */
export function ConditionalPage(): MethodDecorator & ClassDecorator {
  return policyDecorator({ conditionalPage: true });
}

/**
 * Names the version of a resource before its handler runs. A client that has it gets 304 and one whose `If-Match` names another gets
 * 412, both without running the handler; every method counts. Answers of GET and HEAD get it as their `ETag` unless they have one.
 *
 * The function is asked before the handler changes anything, so two changes at once may both find their `If-Match` fulfilled: where that must not be, compare
 * the version once more within the transaction of the change.
 *
 * With `@CachePage` a hit is answered with the `ETag` that the page was stored with, without asking the function.
 *
 * @param version returns the version, with or without quotes, or nothing where there is none; may return a promise
 * @throws {CacheConfigurationError} when the class is loaded
 * @see https://docs.djangoproject.com/en/stable/topics/conditional-view-processing/#the-condition-decorator
 * @example
 * ```ts
 * @Put(':id')
 * @Etag((request) => revisionOf(request.params.id))
 * ```
 * @publicApi
 */
export function Etag<Request = RequestView>(
  version: RequestFunction<Request, string>,
): MethodDecorator & ClassDecorator {
  assertFunction(version, '@Etag', 'its version');
  return policyDecorator({ entityTag: version as EntityTagFunction });
}

/**
 * Names the last change of a resource before its handler runs, as `@Etag` does its version. Browsers may use an answer with a `Last-Modified` and without
 * `Cache-Control` for a while without asking: add `@CacheControl({ noCache: true })` if they shall ask each time.
 *
 * @param change returns a Date, or milliseconds since 1970, or nothing where it is unknown; may return a promise
 * @throws {CacheConfigurationError} when the class is loaded
 * @see https://docs.djangoproject.com/en/stable/topics/conditional-view-processing/#the-condition-decorator
 * @publicApi
 */
export function LastModified<Request = RequestView>(
  change: RequestFunction<Request, Date | number>,
): MethodDecorator & ClassDecorator {
  assertFunction(change, '@LastModified', 'the moment of its last change');
  return policyDecorator({ lastModified: change as LastModifiedFunction });
}

function assertFunction(given: unknown, place: string, returns: string): void {
  if (typeof given === 'function') return;
  throw new CacheConfigurationError(
    `${place} takes a function of the request that returns ${returns}; got ${show(given)}.`,
  );
}
