/**
 * Returns what a request has for a cookie, as it was sent: every value, since clients may send a name twice and applications differ in
 * which of them they read; an empty list if the cookie is absent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.4
 */
export function cookieValues(field: string | undefined, name: string): string[] {
  const values: string[] = [];
  for (const pair of (field ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim());
  }
  return values;
}
