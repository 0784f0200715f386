/**
 * Lays out rows as a Markdown table. What looks like a number is set flush right.
 *
 * @param {Record<string, string>[]} rows all with the same columns
 */
export function tableOf(rows) {
  const columns = Object.keys(rows[0] ?? {});
  const isNumeric = (column) => rows.every((row) => /^[\d\s.,×–()]*$|^throws$/.test(row[column]));
  const shape = columns.map((column) => ({
    column,
    width: Math.max(3, column.length, ...rows.map((row) => row[column].length)),
    alignsRight: isNumeric(column),
  }));
  const line = (cellOf) => `| ${shape.map(cellOf).join(' | ')} |`;
  return [
    line((cell) => padded(cell.column, cell)),
    line(({ width, alignsRight }) => '-'.repeat(width - 1) + (alignsRight ? ':' : '-')),
    ...rows.map((row) => line((cell) => padded(row[cell.column], cell))),
  ].join('\n');
}

function padded(text, { width, alignsRight }) {
  return alignsRight ? text.padStart(width) : text.padEnd(width);
}

/** Writes a count in groups of three digits. */
export function grouped(count) {
  return Math.round(count).toLocaleString('en-US').replaceAll(',', ' ');
}

/** Writes a ratio with its quartiles. */
export function ratioText({ ratio, quartiles: [low, high] }) {
  return `${short(ratio)} × (${short(low)}–${short(high)})`;
}

function short(number) {
  if (number < 0.1) return number.toPrecision(2);
  return number < 10 ? number.toFixed(2) : number.toFixed(number < 100 ? 1 : 0);
}
