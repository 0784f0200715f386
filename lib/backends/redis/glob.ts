/** Writes a text as a pattern of Redis that matches this text alone. */
export function globOf(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
}
