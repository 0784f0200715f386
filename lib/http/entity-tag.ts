/** An entity tag, weak or strong, that stands alone: between commas or white space. */
const ENTITY_TAG = /(?<=^|[\s,])(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?=[\s,]|$)/g;

/**
 * Tells whether an If-None-Match field names the entity tag of a stored response, by weak comparison: `*` names any response, also
 * one without a tag; a list is searched; the weak marker does not count. What is no entity tag is passed over.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, entityTag: string | undefined): boolean {
  if (!ifNoneMatch) return false;
  if (ifNoneMatch.trim() === '*') return true;
  if (!entityTag) return false;
  const wanted = withoutWeakMark(entityTag);
  return (ifNoneMatch.match(ENTITY_TAG) ?? []).some((candidate) => withoutWeakMark(candidate) === wanted);
}

function withoutWeakMark(entityTag: string): string {
  return entityTag.startsWith('W/') ? entityTag.slice(2) : entityTag;
}
