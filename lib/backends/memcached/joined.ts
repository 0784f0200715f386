/** Joins what the parts of a batch found; the usual case of one part costs nothing. */
export function joined<Found>(parts: readonly Map<string, Found>[]): Map<string, Found> {
  const [first, ...others] = parts;
  if (first === undefined || others.length === 0) return first ?? new Map<string, Found>();
  const all = new Map(first);
  for (const part of others) for (const [key, found] of part) all.set(key, found);
  return all;
}
