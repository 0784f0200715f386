import type { HeaderLine } from '../../http/header-fields.js';

/** Returns the lines of all fields but some, whose names are given in lower case. */
export function withoutFields(
  lines: readonly HeaderLine[],
  names: ReadonlySet<string>,
): readonly HeaderLine[] {
  return names.size === 0 ? lines : lines.filter(([name]) => !names.has(name.toLowerCase()));
}
