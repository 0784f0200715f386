import { parseList, serializeString } from 'structured-headers';

/**
 * Reads a structured field that is a list of strings; parameters are passed over. Undefined if any of it is something else, since a field
 * that is not understood is to be ignored as a whole.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9651#section-4.2.1
 */
export function parseStringList(field: string | undefined): string[] | undefined {
  try {
    const values = parseList(field ?? '').map(([value]) => value);
    return values.every((value) => typeof value === 'string') ? values : undefined;
  } catch {
    return undefined;
  }
}

/** Writes printable ASCII as a string of a structured field. @see https://www.rfc-editor.org/rfc/rfc9651#section-4.1.6 */
export function structuredString(text: string): string {
  return serializeString(text);
}

/** Whether a text has no character but printable ASCII, which is all that a structured string can hold. */
export function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
