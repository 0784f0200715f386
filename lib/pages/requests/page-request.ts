import { addressingValues } from '../../http/addressing.js';
import { fieldText } from '../../http/header-fields.js';
import type { RequestFacts } from '../../http/storability.js';
import { cookieValues } from './cookie-values.js';
import type { PagePlan } from '../rules/page-plans.js';
import { pathTag } from './path-tag.js';

/** What the functions given to the decorators see of a request: what Express and Fastify have in common. */
export interface RequestView {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `http` or `https`; the platform decides whether a proxy is believed. */
  readonly protocol: string;
  /** As the client wrote it, or a proxy that the platform believes. */
  readonly host?: string;
  /** The URL as it came, where `url` is what middleware made of it. */
  readonly originalUrl: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly user?: unknown;
}

/** The request as the platform has it; a request in a test may lack what only users' functions read. */
export interface PlatformRequest extends Omit<RequestView, 'params' | 'query'>, Http2Request {
  readonly params?: unknown;
  readonly query?: unknown;
  /** Fastify: Node's request, which is what middleware sees. */
  readonly raw?: { readonly user?: unknown } & Http2Request;
}

interface Http2Request {
  readonly stream?: { readonly endAfterHeaders?: boolean };
  readonly socket?: { readonly remoteAddress?: string };
}

/** What a page depends on in a request. */
export interface PageRequest extends RequestFacts {
  /**
   * What tells one resource from another: scheme, host, path and query, then whatever else may decide on the answer, as a list so that
   * parts cannot run together.
   */
  readonly target: readonly unknown[];
  /** The tags of the page, those of its path among them. */
  readonly tags: readonly string[];
  /** Whether the client is told in `Cache-Status` what the cache did. */
  readonly tellsStatus: boolean;
  /** Whether what pages vary on is alike where it means the same. */
  readonly normalizesFields?: boolean;
}

/** What a plan says of the requests for its pages. */
export type RequestRules = Pick<PagePlan, 'route'> &
  Partial<Pick<PagePlan, 'addressOf' | 'cookies' | 'policy' | 'tagsOf' | 'tellsStatus'>>;

const NO_TAGS: readonly string[] = [];

export function pageRequestOf(request: PlatformRequest, rules: RequestRules): ServedRequest {
  return new ServedRequest(request, rules);
}

/** What tells whether a request is the cache's business. */
export function factsOf(request: PlatformRequest): RequestFacts {
  const { headers, method } = request;
  return { method, headers, hasUser: hasUser(request), hasBody: hasBodyOverHttp2(request) };
}

/** A request that is being served. */
export class ServedRequest implements PageRequest {
  readonly method: string;
  readonly hasBody: boolean;
  readonly target: readonly unknown[];
  readonly tags: readonly string[];
  /** Whether there can be a page with its tags. */
  readonly isStorable: boolean;
  readonly tellsStatus: boolean;
  readonly normalizesFields: boolean;
  #headers: PlatformRequest['headers'];
  #isKnown: boolean;

  constructor(
    /** As the platform has it. */
    readonly source: PlatformRequest,
    rules: RequestRules,
  ) {
    this.method = source.method;
    this.#headers = source.headers;
    this.#isKnown = hasUser(source);
    this.hasBody = hasBodyOverHttp2(source);
    this.target = targetOf(source, rules);
    const named = rules.tagsOf ? rules.tagsOf(source) : NO_TAGS;
    this.isStorable = named !== undefined;
    const ofPath = pathTagsOf(source);
    this.tags = named === undefined || named.length === 0 ? ofPath : [...ofPath, ...named];
    this.normalizesFields = rules.policy?.normalizesFields ?? false;
    this.tellsStatus = rules.tellsStatus?.(source) ?? true;
  }

  get headers(): PlatformRequest['headers'] {
    return this.#headers;
  }

  /** Keeps the headers as they came, for what is done later: a gateway may take a credential off before it asks somebody else. */
  keepHeaders(): void {
    this.#headers = { ...this.#headers };
  }

  /** Asked anew each time: the handler may find out who asks after a look into the cache. Who was known once stays so: the handler may sign him out. */
  get hasUser(): boolean {
    return (this.#isKnown ||= hasUser(this.source));
  }
}

/** Whether a guard or middleware has found out who asks. */
export function hasUser(request: PlatformRequest): boolean {
  return isPresent(request.user) || isPresent(request.raw?.user);
}

/** Over HTTP/2 a body needs no header that announces it. */
function hasBodyOverHttp2(request: PlatformRequest): boolean {
  return (request.raw ?? request).stream?.endAfterHeaders === false;
}

/** The URL that came and the one that the router saw: either may be what somebody invalidates. */
function pathTagsOf({ originalUrl, url }: PlatformRequest): string[] {
  return url === originalUrl ? [pathTag(url)] : [...new Set([pathTag(originalUrl), pathTag(url)])];
}

function targetOf(request: PlatformRequest, rules: RequestRules): unknown[] {
  const { headers, host, originalUrl, protocol, url } = request;
  const { addressOf = asItIs, cookies = [], route } = rules;
  return [
    protocol,
    host?.toLowerCase(),
    addressOf(originalUrl),
    // Versions of an API may share a URL and differ in a header.
    route,
    url === originalUrl ? undefined : addressOf(url),
    headers['host'] === host ? undefined : headers['host'],
    ...addressingValues(headers),
    ...cookies.map((name) => [name, cookieValues(fieldText(headers['cookie']), name)]),
  ];
}

function asItIs(url: string): string {
  return url;
}

function isPresent(user: unknown): boolean {
  return user !== undefined && user !== null;
}
