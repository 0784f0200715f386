/** Begins a text that is not only a number: no text of the package's protocol begins so. */
const BYTES = '~';
/** What a server can count with. */
const NUMBER = /^-?\d+$/;
const LONGEST_NUMBER = 20;

/**
 * Writes a payload as Latin-1 text, a character for a byte. The package takes answers apart at their line ends and takes a backslash away
 * before each, so each has one. Numbers stay as they are, for the server to count with.
 */
export function textOf(payload: Buffer): string {
  const text = payload.toString('latin1');
  if (payload.length <= LONGEST_NUMBER && NUMBER.test(text)) return text;
  return BYTES + text.replaceAll(/[\r\n]/g, '\\$&');
}

/** Reads a text as the package gives it, its backslashes already taken away. */
export function payloadOf(text: string): Buffer {
  return Buffer.from(text.startsWith(BYTES) ? text.slice(1) : text, 'latin1');
}
