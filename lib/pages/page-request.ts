import type { RequestFacts } from '../http/storability.js';

/** The request as Express and Fastify both have it. */
export interface PlatformRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `http` or `https`; the platform decides whether a proxy is believed. */
  readonly protocol: string;
  /** Express: the URL as it came, where `url` loses the prefix of a mounted router. */
  readonly originalUrl: string;
  readonly user?: unknown;
}

/** What a page depends on in a request. */
export interface PageRequest extends RequestFacts {
  /** What tells one resource from another: scheme, host, path and query, as a list so that parts cannot run together. */
  readonly target: readonly string[];
}

export function pageRequestOf(request: PlatformRequest): PageRequest {
  const host = request.headers['host'];
  return {
    method: request.method,
    headers: request.headers,
    hasUser: request.user !== undefined && request.user !== null,
    target: [request.protocol, typeof host === 'string' ? host.toLowerCase() : '', request.originalUrl],
  };
}
