import { checkedHeaderName, type HeaderBearer, headerOf, headerTargetOf } from './header-target.js';
import { namesInVary, parseVary } from './vary.js';

/**
 * Adds request headers to `Vary`: those that are there stay in front, in their order and spelling, and none stands twice in any case.
 * `*` takes the place of all others. Without names nothing changes.
 *
 * @throws {InvalidCacheArgumentError} for what is no name of a header
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5
 * @example
 * ```ts
 * patchVary(response, 'Accept-Language', 'Cookie');
 * ```
 * @publicApi
 */
export function patchVary(response: HeaderBearer, ...names: string[]): void {
  for (const name of names) checkedHeaderName(name, 'patchVary');
  if (names.length === 0) return;
  const target = headerTargetOf(response);
  target.setHeader('Vary', withVary(headerOf(target, 'Vary'), names));
}

/** Returns a Vary field with these names after its own. */
export function withVary(field: string | undefined, names: readonly string[]): string {
  const spellings = new Map<string, string>();
  for (const name of [...namesInVary(field), ...names]) {
    if (name === '*') return '*';
    if (!spellings.has(name.toLowerCase())) spellings.set(name.toLowerCase(), name);
  }
  return [...spellings.values()].join(', ');
}

/**
 * Tells whether a response says that it varies on a request header. One that varies on everything (`*`) varies on each.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5
 * @publicApi
 */
export function hasVary(response: HeaderBearer, name: string): boolean {
  const variesOn = parseVary(headerOf(headerTargetOf(response), 'Vary'));
  return variesOn === '*' || variesOn.includes(name.trim().toLowerCase());
}
