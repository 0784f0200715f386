/** Header fields as Node has them: by lower-case name, several lines as an array. */
export type HeaderFields = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** One header field as it goes over the wire, with its name as the application wrote it. */
export type HeaderLine = readonly [name: string, value: string | readonly string[]];

/**
 * Fields that speak of one connection or one message, not of the resource.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3.1
 */
const NEVER_STORED = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // Written anew for each answer.
  'age',
  'cache-status',
  'content-length',
  'date',
]);

/** Whether a stored response may have such a field; `Set-Cookie` keeps a response from being stored. */
export function isStoredField(name: string): boolean {
  const lowerCase = name.toLowerCase();
  return !NEVER_STORED.has(lowerCase) && lowerCase !== 'set-cookie';
}

/** Returns the value of a field as one line of text; undefined if it is absent. */
export function fieldText(value: string | number | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  // Node takes whatever can be written, such as `true`, although no type says so.
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** Returns the fields that are part of a stored response: all but those of the connection, and those that `Connection` names. */
export function storedFields(lines: Iterable<HeaderLine>, connection: string | undefined): HeaderLine[] {
  const named = new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return [...lines].filter(
    ([name]) => !NEVER_STORED.has(name.toLowerCase()) && !named.has(name.toLowerCase()),
  );
}

/** Returns the lines that say something else than was said before. */
export function changedFields(lines: readonly HeaderLine[], before: HeaderFields): HeaderLine[] {
  return lines.filter(([name, value]) => fieldText(before[name.toLowerCase()]) !== fieldText(value));
}

/** Returns the names of the fields that were there before and are no more. */
export function removedFields(after: HeaderFields, before: HeaderFields): string[] {
  return Object.keys(before).filter((name) => before[name] !== undefined && after[name] === undefined);
}
