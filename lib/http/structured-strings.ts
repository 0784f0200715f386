/** A string and its parameters, up to the comma behind it. The alternatives exclude each other, so there is only one way to read a text. */
const MEMBER =
  /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:; *[a-z*][\w.*-]*(?:=(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[^\s",;]+))?)*[ \t]*(?:,[ \t]*(?=[^\s])|$)/y;

/**
 * Reads a structured field that is a list of strings; parameters are passed over. Undefined if any of it is something else, since a field
 * that is not understood is to be ignored as a whole.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9651#section-4.2.1
 */
export function parseStringList(field: string | undefined): string[] | undefined {
  const text = (field ?? '').trim();
  const strings: string[] = [];
  let at = 0;
  while (at < text.length) {
    MEMBER.lastIndex = at;
    const value = MEMBER.exec(text)?.[1];
    if (value === undefined) return undefined;
    strings.push(value.replaceAll(/\\(.)/g, '$1'));
    at = MEMBER.lastIndex;
  }
  return strings;
}

/** Writes printable ASCII as a string of a structured field. @see https://www.rfc-editor.org/rfc/rfc9651#section-4.1.6 */
export function structuredString(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Whether a text has no character but printable ASCII, which is all that a structured string can hold. */
export function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
