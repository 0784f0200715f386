/**
 * Statuses whose answers may be taken for fresh without saying so.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.1
 */
export const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/**
 * Statuses whose meaning for caches is known here, for answers that ask for that with `must-understand`: those that are registered, but for the ones
 * that speak of a request and not of the resource.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.3
 */
export const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415,
  451, 500, 501, 502, 503, 504,
]);
