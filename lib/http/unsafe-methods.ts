import { fieldText, type HeaderFields } from './header-fields.js';

/** Methods that change nothing; all others may, unknown ones as well. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a request may change something. */
export function isUnsafe(method: string): boolean {
  return !SAFE_METHODS.has(method);
}

/** Whether the answer to an unsafe request says that something was done. @see https://www.rfc-editor.org/rfc/rfc9111#section-4.4 */
export function isNonError(status: number): boolean {
  return status >= 200 && status <= 399;
}

/**
 * Returns what else an answer to an unsafe request speaks of: what `Location` and `Content-Location` name, if it is of the same origin, since nobody
 * may speak of what is another's.
 *
 * @param target of the request
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.4
 */
export function alsoChanged(target: URL, headers: HeaderFields): URL[] {
  return ['location', 'content-location'].flatMap((name) => {
    const reference = fieldText(headers[name]);
    if (reference === undefined || !URL.canParse(reference, target.href)) return [];
    const url = new URL(reference, target.href);
    return url.origin === target.origin ? [url] : [];
  });
}
