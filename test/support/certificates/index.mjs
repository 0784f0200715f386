// @ts-check
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (/** @type {string} */ name) => readFileSync(certificatePath(name), 'latin1');

/**
 * @param {string} name
 * @returns {string} where a file of this folder is, for servers that read it themselves
 */
export function certificatePath(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** What a client has to believe so that it trusts the servers of the tests. */
export const trusted = { ca: read('authority.pem') };

/** What a client has that trusts somebody else. */
export const mistrusting = { ca: read('stranger.pem') };

/** As `trusted`, with a certificate of the client's own. */
export const certified = { ...trusted, cert: read('client.pem'), key: read('client.key') };
