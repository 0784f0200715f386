import { isStrong, isWeakMatch } from './entity-tag.js';
import { fieldText, type HeaderFields, type HeaderLine, isStoredField } from './header-fields.js';

/** What a stored response can be asked about. */
export interface StoredValidators {
  readonly entityTag: string | undefined;
  /** The field as it was said. */
  readonly lastModified: string | undefined;
}

/**
 * Returns the conditions under which a new response is worth sending to somebody who has the stored one; none where it has no validator.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.3.1
 */
export function validatingFields({ entityTag, lastModified }: StoredValidators): Record<string, string> {
  return {
    ...(entityTag !== undefined && { 'if-none-match': entityTag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

/**
 * Tells whether a 304 speaks of the stored response: its entity tag, if it has one, is the same; a weak one may stand for a strong one, which servers
 * make of it that compress.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
 */
export function isAbout(headers: HeaderFields, { entityTag }: StoredValidators): boolean {
  const named = fieldText(headers['etag']);
  if (named === undefined || entityTag === undefined || named === entityTag) return true;
  return !isStrong(named) && isWeakMatch(named, entityTag);
}

/**
 * Fields that say how the bytes of the stored body are to be read. A 304 has no body, so what it says of them is not about the stored
 * ones.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3.2
 */
const FIELDS_OF_THE_BYTES = new Set(['content-encoding', 'content-length', 'content-range', 'content-type']);

/**
 * Returns the fields of a stored response, updated with those of a 304: what that names takes the place of what was there.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3.2
 */
export function updatedFields(stored: readonly HeaderLine[], said: readonly HeaderLine[]): HeaderLine[] {
  const news = said.filter(([name]) => isStoredField(name) && !FIELDS_OF_THE_BYTES.has(name.toLowerCase()));
  const named = new Set(news.map(([name]) => name.toLowerCase()));
  return [...stored.filter(([name]) => !named.has(name.toLowerCase())), ...news];
}
