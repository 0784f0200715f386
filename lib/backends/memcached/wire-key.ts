import { createHash } from 'node:crypto';

/** The server's limit, less the letter in front of the key of a note. */
const LONGEST_KEY = 249;
/** Visible ASCII; without the dollar sign, which the package `memcached` takes for a part of a pattern in its own text. */
const PLAIN = /^[!-#%-~]+$/;

/** Returns the key as it is sent: the stamp of its namespace before it, and a hash in place of what not every client leaves as it is. */
export function wireKey(stamp: string, finalKey: string): string {
  if (stamp.length + 1 + finalKey.length <= LONGEST_KEY && PLAIN.test(finalKey))
    return `${stamp}:${finalKey}`;
  return `${stamp}#${createHash('sha256').update(finalKey).digest('base64url')}`;
}

/** Returns where the end of an entry is noted; no wire key of an entry is like it, as those begin with a digit. */
export function noteKey(key: string): string {
  return `e${key}`;
}

/** Returns where the stamp of a scope is kept; `part` tells apart those that one server has. */
export function stampKey(scope: string, part?: string): string {
  const key = `nestjs-cache:stamp:${shortHash(scope)}`;
  return part === undefined ? key : `${key}:spill:${shortHash(part)}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
