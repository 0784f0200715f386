import type { Run } from '../connections/database.js';
import type { TableQueries, TableSample } from '../statements/table-queries.js';
import { FIRST_ID, idAt, positionOf } from './id-space.js';

/** How many rows a look takes in: the number of all is known to 2.2 % then. */
export const SAMPLE_ROWS = 2048;

/** What a look at the table says of the whole. */
export interface TableReading {
  readonly entries: number;
  readonly bytesPerEntry: number;
  /** The standard error of `entries`, as a share of it; 0 if all rows were seen. */
  readonly error: number;
}

/**
 * Looks at a part of the table that nobody can foresee. Ids are hashes, so the rows lie evenly, and how close together those of the part lie
 * tells how many there are in all. If all rows fit into one look, they are counted.
 */
export async function readTable(
  queries: TableQueries,
  run: Run,
  random: () => number,
  isSmall: boolean,
): Promise<TableReading> {
  // A small table is seen as a whole from its beginning, and from elsewhere only in two looks.
  const start = isSmall ? 0 : random();
  const part = await run(queries.sample(idAt(start), SAMPLE_ROWS));
  if (part.rows === SAMPLE_ROWS) return readingOf(part.rows, part.bytes, endOf(part) - start);
  if (start === 0) return exactReading(part);

  const beginning = await run(queries.sample(FIRST_ID, SAMPLE_ROWS));
  if (beginning.rows < SAMPLE_ROWS) return exactReading(beginning);
  const end = endOf(beginning);
  if (end >= start) return readingOf(beginning.rows, beginning.bytes, end);
  return readingOf(part.rows + beginning.rows, part.bytes + beginning.bytes, 1 - start + end);
}

function endOf({ last }: TableSample): number {
  return last === undefined ? 0 : positionOf(last);
}

/** The part ends with a row, which makes it a little denser than the whole: hence one row less. */
function readingOf(rows: number, bytes: number, span: number): TableReading {
  return { entries: (rows - 1) / span, bytesPerEntry: bytes / rows, error: 1 / Math.sqrt(rows) };
}

function exactReading({ rows, bytes }: TableSample): TableReading {
  return { entries: rows, bytesPerEntry: rows === 0 ? 0 : bytes / rows, error: 0 };
}
