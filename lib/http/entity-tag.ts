import { hash } from 'node:crypto';
import { InvalidCacheArgumentError } from '../core/errors.js';
import { show } from '../core/show.js';
import { type HeaderBearer, headerTargetOf } from './header-target.js';
import { withoutBlanks } from './list-field.js';

/** A member of a list of entity tags, with the comma behind it; empty ones count as members. */
const MEMBER = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

/**
 * Returns the entity tags of an If-Match or If-None-Match field. What is none is passed over, up to the next comma; but where it has a quote
 * in it, nobody can tell what behind it is quoted, and the rest is passed over.
 */
export function entityTagsIn(field: string): string[] {
  const tags: string[] = [];
  let at = 0;
  while (at < field.length) {
    MEMBER.lastIndex = at;
    const member = MEMBER.exec(field);
    if (member?.[1] !== undefined) tags.push(member[1]);
    if (member) at = MEMBER.lastIndex;
    else {
      const comma = field.indexOf(',', at);
      if (comma === -1 || field.slice(at, comma).includes('"')) break;
      at = comma + 1;
    }
  }
  return tags;
}

/**
 * Tells whether an If-None-Match field names the entity tag of a stored response, by weak comparison: `*` names any response, also
 * one without a tag; a list is searched; the weak marker does not count. What is no entity tag is passed over.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, entityTag: string | undefined): boolean {
  if (!ifNoneMatch) return false;
  if (withoutBlanks(ifNoneMatch) === '*') return true;
  return entityTagsIn(ifNoneMatch).some((candidate) => isWeakMatch(candidate, entityTag));
}

/**
 * Tells whether an If-Match field names the entity tag of a response, by strong comparison: `*` names any response, a weak tag is never
 * named.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export function matchesIfMatch(ifMatch: string, entityTag: string | undefined): boolean {
  if (withoutBlanks(ifMatch) === '*') return true;
  return entityTagsIn(ifMatch).some((candidate) => isStrongMatch(candidate, entityTag));
}

/** Whether there is an entity tag, and it stands for the very bytes. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export function isStrong(entityTag: string | undefined): entityTag is string {
  return entityTag?.startsWith('"') === true && isEntityTag(entityTag);
}

/** Whether two entity tags are the same and neither is weak. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2 */
export function isStrongMatch(one: string, other: string | undefined): boolean {
  return one === other && isStrong(one);
}

/** Whether two entity tags are the same but for the weak marker. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2 */
export function isWeakMatch(one: string, other: string | undefined): boolean {
  if (!other) return false;
  return withoutWeakMark(one) === withoutWeakMark(other);
}

function withoutWeakMark(entityTag: string): string {
  return entityTag.startsWith('W/') ? entityTag.slice(2) : entityTag;
}

/** Tells whether a text is an entity tag, weak or strong. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export function isEntityTag(text: string): boolean {
  return /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(text);
}

/** Returns a strong entity tag for the bytes of a body: alike in all processes, and another for any other body. */
export function strongEntityTag(body: Uint8Array | string): string {
  return `"${hash('sha256', body, 'base64url')}"`;
}

/**
 * Returns an entity tag as headers have it: one that is there already as it is, other text in quotes.
 *
 * @throws {InvalidCacheArgumentError} for what cannot stand in an entity tag: white space, quotes, control characters, letters beyond
 * Latin-1
 */
export function toEntityTag(text: string, place = 'An entity tag'): string {
  if (isEntityTag(text)) return text;
  const tag = `"${text}"`;
  if (isEntityTag(tag)) return tag;
  throw new InvalidCacheArgumentError(
    `${place} is made of printable characters other than quotes and white space; got ${show(text)}. ` +
      'For other text use a hash of it.',
  );
}

/**
 * Sets `ETag`. Text without quotes is put into quotes; `W/"…"` is a weak tag.
 *
 * @throws {InvalidCacheArgumentError} for what cannot stand in an entity tag
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 * @publicApi
 */
export function setEtag(response: HeaderBearer, entityTag: string): void {
  headerTargetOf(response).setHeader('ETag', toEntityTag(entityTag, 'The entity tag given to setEtag'));
}
