/** What a child counts, in the order in which it stands in the file, four bytes each. */
export const FIELDS = ['begun', 'refused', 'same', 'other', 'foreignError', 'heavy'];

/** @returns {Record<string, number>} */
export function readTally(bytes) {
  return Object.fromEntries(FIELDS.map((field, index) => [field, bytes.readUInt32LE(index * 4)]));
}
