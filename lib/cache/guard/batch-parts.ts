/** What a server answers well within a deadline: so many entries, of so many bytes. */
const PART_ENTRIES = 1000;
const PART_BYTES = 4 * 1024 ** 2;

/** For batches whose entries are not known to have a size: reads and removals. */
export const noSize = (): number => 0;

/** Splits a batch into parts that one deadline is enough for. */
export function partsOf(keys: readonly string[], sizeOf: (key: string) => number): (readonly string[])[] {
  if (keys.length <= PART_ENTRIES && sizeOf === noSize) return [keys];
  const parts: string[][] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const key of keys) {
    const size = sizeOf(key);
    if (part.length === PART_ENTRIES || (part.length > 0 && bytes + size > PART_BYTES)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(key);
    bytes += size;
  }
  parts.push(part);
  return parts;
}
