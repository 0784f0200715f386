import type { HttpAdapterHost } from '@nestjs/core';
import { fieldText } from '../../http/header-fields.js';
import type { Lead } from '../flights/page-flights.js';
import type { Refresher } from '../flights/page-turn.js';
import { cookieValues } from '../requests/cookie-values.js';
import type { PlatformRequest, ServedRequest } from '../requests/page-request.js';
import type { PagePlan } from '../rules/page-plans.js';
import { missingRange } from '../responses/page-part.js';
import type { Page } from '../store/page.js';
import { ApplicationRequests, type OwnRequest } from './application-requests.js';

/** A page that is computed anew in a request of its own. */
export interface RefreshTask {
  /** What is out of date, or else what is a part. */
  readonly stale: Page | undefined;
  readonly part: Page | undefined;
  readonly lead: Lead;
  /** What tells the page from others: the request is to find the same. */
  readonly target: readonly unknown[];
}

/** Fields that speak of the visitor's connection, wishes or knowledge, none of which a page is computed by. */
const LEFT_OUT = new Set([
  'cache-control',
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'pragma',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What shows who asks. */
const CREDENTIALS = new Set(['authorization', 'cookie']);

/**
 * Has pages computed apart from any visitor: the application is sent a request of its own, with a response of its own, so that handlers may write
 * to it, and that passes through middleware and guards as every other. It shows who asked only as far as the page that is stored allows for: what the
 * page varies on, and anything if it says `public`. Where the guards then refuse it, nothing is computed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5861#section-3
 */
export class PageRefresher implements Refresher {
  #requests: ApplicationRequests | undefined;

  constructor(private readonly host: HttpAdapterHost) {}

  /** Returns the task that a request was made for; undefined for those of visitors. */
  taskOf(request: PlatformRequest): RefreshTask | undefined {
    const { socket } = (request.raw ?? request) as { readonly socket?: object };
    return socket && (this.#requests?.purposeOf(socket) as RefreshTask | undefined);
  }

  refresh(plan: PagePlan, request: ServedRequest, stale: Page, lead: Lead): void {
    request.keepHeaders();
    const task = { stale, part: undefined, lead, target: request.target };
    void this.#run(task, () => ownRequestFor(plan, request, stale));
  }

  complete(plan: PagePlan, request: ServedRequest, part: Page, lead: Lead): void {
    // The whole would not be kept.
    if ((part.part?.length ?? 0) > plan.bodyLimit) return lead.refuse();
    request.keepHeaders();
    const task = { stale: undefined, part, lead, target: request.target };
    const fields = { range: missingRange(part)!, 'if-range': part.entityTag! };
    void this.#run(task, () => {
      const { headers, ...rest } = ownRequestFor(plan, request, part);
      return { ...rest, headers: { ...headers, ...fields } };
    });
  }

  async #run(purpose: RefreshTask, ownRequest: () => OwnRequest): Promise<void> {
    const { lead } = purpose;
    try {
      this.#requests ??= new ApplicationRequests(this.host.httpAdapter.getHttpServer());
      const { status } = await this.#requests.get({ ...ownRequest(), purpose });
      // The page that came has spoken already, unless the handler was never reached.
      if (status >= 500) lead.fail();
      else lead.refuse();
    } catch {
      lead.fail();
    }
  }
}

function ownRequestFor(plan: PagePlan, request: ServedRequest, stale: Page): OwnRequest {
  const { headers, source } = request;
  const variesOn = new Set([...plan.vary, ...plan.store.knownVary(request)]);
  const mayShow = (name: string): boolean => !CREDENTIALS.has(name) || stale.isPublic || variesOn.has(name);
  const shown = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !LEFT_OUT.has(name) && !name.startsWith(':') && mayShow(name),
  ) as [string, string | string[]][];
  const { host, originalUrl, protocol } = source;
  const named = fieldText(headers['host']) ?? fieldText(headers[':authority']) ?? host ?? 'localhost';
  const { socket } = source.raw ?? source;
  return {
    url: new URL(`${protocol}://${named}`),
    // As it came: a URL would make another of some.
    target: originalUrl,
    headers: { ...namedCookies(plan, request), ...Object.fromEntries(shown), host: named },
    peer: { remoteAddress: socket?.remoteAddress },
  };
}

/** The cookies that pages differ by, of those that came. */
function namedCookies({ cookies }: PagePlan, { headers }: ServedRequest): Record<string, string> {
  const field = fieldText(headers['cookie']);
  const pairs = cookies.flatMap((name) => cookieValues(field, name).map((value) => `${name}=${value}`));
  return pairs.length === 0 ? {} : { cookie: pairs.join('; ') };
}
