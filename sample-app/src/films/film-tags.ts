/** Names the pages that list films, whatever they were searched for. */
export const CATALOGUE = 'catalogue';

/** Names the page of a director. */
export function directorTag(id: number | string): string {
  return `director:${id}`;
}
