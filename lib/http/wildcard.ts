/**
 * Returns a test for names that match a pattern, in which `*` stands for any text, also none. Takes time in proportion to the name, however
 * many stars there are.
 */
export function wildcardTest(pattern: string): (name: string) => boolean {
  const [head, ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (name) => name === pattern;
  return (name) => {
    if (name.length < head!.length + tail.length || !name.startsWith(head!) || !name.endsWith(tail))
      return false;
    return holdsInOrder(name.slice(head!.length, name.length - tail.length), rest);
  };
}

/** Whether these parts occur one behind the other; the first place is always as good as a later one. */
function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}
