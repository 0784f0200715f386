/**
 * Splits a list field at its commas, except those within quoted strings. A quote that is never closed is a plain character, so that
 * what stands behind it still counts. Takes time in proportion to the length, whatever the text.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1
 */
export function membersOf(field: string): string[] {
  const members: string[] = [];
  let start = 0;
  let at = 0;
  while (at < field.length) {
    const character = field[at];
    if (character === '"') {
      const end = closingQuote(field, at);
      if (end === undefined) break;
      at = end;
    } else if (character === ',') {
      members.push(field.slice(start, at));
      start = at + 1;
    }
    at++;
  }
  return [...members, ...(at < field.length ? field.slice(start).split(',') : [field.slice(start)])];
}

/** Returns where the quoted string that opens at a place closes; undefined if it never does. */
export function closingQuote(text: string, opening: number): number | undefined {
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return undefined;
}

/** Returns a field without the white space around it: blanks and tabs. Other languages' white space is part of the text. */
export function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start]!)) start++;
  while (start < end && isBlank(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}
