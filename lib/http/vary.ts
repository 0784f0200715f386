import { type HeaderFields, fieldText } from './header-fields.js';

/**
 * Returns the request headers that a response varies on, in lower case, sorted, each once; `'*'` if any member is `*`, which
 * means that no two requests are alike.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5
 */
export function parseVary(field: string | undefined): readonly string[] | '*' {
  const names = namesInVary(field).map((name) => name.toLowerCase());
  return names.includes('*') ? '*' : [...new Set(names)].toSorted();
}

/** Returns the members of a Vary field as they are written. */
export function namesInVary(field: string | undefined): string[] {
  return (field ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Returns what a request has for these headers, in their order: the text of each, or `null` for one that is absent, so that absent
 * and empty differ. The list form keeps values from running into each other.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.1
 */
export function selectingValues(names: readonly string[], requestHeaders: HeaderFields): (string | null)[] {
  return names.map((name) =>
    // A header may be called as something that every object has, such as `constructor`.
    Object.hasOwn(requestHeaders, name) ? (fieldText(requestHeaders[name]) ?? null) : null,
  );
}
