import { type HeaderFields, fieldText } from './header-fields.js';
import { isToken } from './header-target.js';
import { membersOf, withoutBlanks } from './list-field.js';

/**
 * Returns the request headers that a response varies on, in lower case, sorted, each once; `'*'` if any member is `*`, which
 * means that no two requests are alike, or is no name, since nobody knows then what the response varies on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5
 */
export function parseVary(field: string | undefined): readonly string[] | '*' {
  const names = namesInVary(field).map((name) => name.toLowerCase());
  return names.some((name) => name === '*' || !isToken(name)) ? '*' : [...new Set(names)].toSorted();
}

/** Returns the members of a Vary field as they are written. */
export function namesInVary(field: string | undefined): string[] {
  return (field ?? '')
    .split(',')
    .map(withoutBlanks)
    .filter((name) => name !== '');
}

/**
 * Returns what a request has for these headers, in their order: the text of each, or `null` for one that is absent, so that absent
 * and empty differ. The list form keeps values from running into each other.
 *
 * @param normalizes whether values are alike that mean the same
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.1
 */
export function selectingValues(
  names: readonly string[],
  requestHeaders: HeaderFields,
  normalizes = false,
): (string | null)[] {
  return names.map((name) => {
    // A header may be called as something that every object has, such as `constructor`.
    const text = Object.hasOwn(requestHeaders, name) ? fieldText(requestHeaders[name]) : undefined;
    if (text === undefined) return null;
    return normalizes ? normalized(name, text) : text;
  });
}

/** Fields in which upper and lower case mean the same. */
const CASE_INSENSITIVE = new Set(['accept-charset', 'accept-encoding', 'accept-language']);

/** Returns a field without the white space that lists may have around their members. Their order stays: there are servers that go by it. */
function normalized(name: string, text: string): string {
  const list = membersOf(text)
    .map((member) => member.trim())
    .filter((member) => member !== '')
    .join(', ');
  return CASE_INSENSITIVE.has(name) ? list.toLowerCase() : list;
}
