// @ts-check
/** What decides on whose page of a film it is: the six ways in which the pages of the stress run differ. */
export const WAYS = /** @type {const} */ (['everybody', 'language', 'team', 'person', 'visitor', 'cookie']);

/** @typedef {(typeof WAYS)[number]} Way */

/**
 * @typedef {object} Person
 * @property {string} [name] shown in `Authorization`
 * @property {string} [team] in a cookie
 * @property {string} [session] in a cookie
 * @property {string} [language]
 */

/** @param {number} film @returns {Way} */
export function wayOf(film) {
  return /** @type {Way} */ (WAYS[film % WAYS.length]);
}

/**
 * Returns whom a page of this kind must be made for.
 *
 * @param {Way} way
 * @param {Person} person
 */
export function audienceOf(way, { language, name, session, team }) {
  const audiences = {
    everybody: 'everybody',
    language: `who speaks ${language ?? 'nothing'}`,
    team: `team ${team ?? 'none'}`,
    person: name ?? 'strangers',
    visitor: session ?? 'strangers',
    cookie: `${session ?? 'nobody'} of ${team ?? 'none'}`,
  };
  return audiences[way];
}

/** @param {Person} person @returns {Record<string, string>} */
export function headersOf({ language, name, session, team }) {
  const cookies = [team && `team=${team}`, session && `session=${session}`].filter(Boolean).join('; ');
  return {
    ...(name && { authorization: `Bearer ${name}` }),
    ...(language !== undefined && { 'accept-language': language }),
    ...(cookies && { cookie: cookies }),
  };
}

/**
 * The reverse of `headersOf`, as a handler sees it.
 *
 * @param {Readonly<Record<string, string | string[] | undefined>>} headers
 * @returns {Person}
 */
export function personOf(headers) {
  const text = String(headers['cookie'] ?? '');
  const cookies = Object.fromEntries(text.split('; ').map((pair) => pair.split('=')));
  const name = /^Bearer (.+)$/.exec(String(headers['authorization'] ?? ''))?.[1];
  const language = headers['accept-language'];
  return {
    ...(name && { name }),
    ...(typeof language === 'string' && { language }),
    ...(cookies['team'] && { team: cookies['team'] }),
    ...(cookies['session'] && { session: cookies['session'] }),
  };
}
