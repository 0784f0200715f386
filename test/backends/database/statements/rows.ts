import type { EntryRow } from '../../../../lib/backends/database/statements/table-queries.js';

export const NOW = Date.UTC(2026, 0, 1);

/** A hexadecimal id of 32 digits, in the order of the numbers. */
export function idOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** A row that is live at `NOW` and never ends, unless the test says otherwise. */
export function rowOf(
  row: Partial<Omit<EntryRow, 'value'>> & { readonly value?: string | Buffer } = {},
): EntryRow {
  const { value = 'a value', ...others } = row;
  return {
    id: idOf(1),
    cacheKey: 'app:1:a-key',
    expiresAt: null,
    writtenAt: NOW,
    scope: '0123456789abcdef',
    ...others,
    value: Buffer.from(value as Buffer),
  };
}

/** Rows with ids from 1 on. */
export function rowsOf(count: number, row: (number: number) => Parameters<typeof rowOf>[0]): EntryRow[] {
  return Array.from({ length: count }, (_, index) => rowOf({ id: idOf(index + 1), ...row(index + 1) }));
}
