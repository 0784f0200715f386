import { addressingValues } from '../http/addressing.js';
import type { RequestFacts } from '../http/storability.js';

/** The request as Express and Fastify both have it. */
export interface PlatformRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `http` or `https`; the platform decides whether a proxy is believed. */
  readonly protocol: string;
  /** As the client wrote it, or a proxy that the platform believes. */
  readonly host?: string;
  /** The URL as it came, where `url` is what middleware made of it. */
  readonly originalUrl: string;
  readonly url: string;
  readonly user?: unknown;
  /** Fastify: Node's request, which is what middleware sees. */
  readonly raw?: { readonly user?: unknown };
}

/** What a page depends on in a request. */
export interface PageRequest extends RequestFacts {
  /**
   * What tells one resource from another: scheme, host, path and query, then whatever else may decide on the answer, as a list so that
   * parts cannot run together.
   */
  readonly target: readonly unknown[];
}

/** @param route the name of the handler: versions of an API may share a URL and differ in a header */
export function pageRequestOf(request: PlatformRequest, route: string): PageRequest {
  const { headers, host, method, originalUrl, protocol, url } = request;
  return {
    method,
    headers,
    // Asked anew each time: the handler may find out who asks after a look into the cache.
    get hasUser() {
      return isPresent(request.user) || isPresent(request.raw?.user);
    },
    target: [
      protocol,
      host?.toLowerCase(),
      originalUrl,
      route,
      url === originalUrl ? undefined : url,
      headers['host'] === host ? undefined : headers['host'],
      ...addressingValues(headers),
    ],
  };
}

function isPresent(user: unknown): boolean {
  return user !== undefined && user !== null;
}
