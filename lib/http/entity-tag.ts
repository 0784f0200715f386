/** One entity tag of a list, weak or strong. */
const ENTITY_TAG = /\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)/gy;

/**
 * Tells whether an If-None-Match field names the entity tag of a response, by weak comparison: `*` names any, a list is
 * searched, the weak marker does not count. False if either is absent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, entityTag: string | undefined): boolean {
  if (!ifNoneMatch || !entityTag) return false;
  if (ifNoneMatch.trim() === '*') return true;
  for (const [, candidate = ''] of ifNoneMatch.matchAll(ENTITY_TAG)) {
    if (withoutWeakMark(candidate) === withoutWeakMark(entityTag)) return true;
  }
  return false;
}

function withoutWeakMark(entityTag: string): string {
  return entityTag.startsWith('W/') ? entityTag.slice(2) : entityTag;
}
