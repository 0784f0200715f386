import type { EpochMs } from '../../../core/clock.js';
import type { StoredEntry } from '../../cache-backend.js';
import type { Outcome, Row } from './statement.js';
import type { EntryRow, TableSample } from './table-queries.js';

/** The columns in the order of `valuesOf`. */
export const COLUMNS = ['id', 'cache_key', 'value', 'expires_at', 'written_at', 'scope'] as const;

/** What a write in place of another row replaces. */
export const REPLACED_COLUMNS = ['cache_key', 'value', 'written_at', 'scope', 'expires_at'] as const;

export function valuesOf({ cacheKey, expiresAt, id, scope, value, writtenAt }: EntryRow): unknown[] {
  return [id, cacheKey, value, expiresAt, writtenAt, scope];
}

/** Two writers that take the same rows in different order would wait for each other. */
export function inOrderOfIds(rows: readonly EntryRow[]): readonly EntryRow[] {
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/** Reads the answer of a SELECT of `value, expires_at`. */
export function onlyEntry({ rows: [row] }: Outcome): StoredEntry | undefined {
  return row && entryOf(row[0], row[1]);
}

/** Reads the answer of a SELECT of `id, value, expires_at`. */
export function entriesById({ rows }: Outcome): Map<string, StoredEntry> {
  return new Map(rows.map(([id, value, expiresAt]) => [String(id), entryOf(value, expiresAt)]));
}

function entryOf(value: unknown, expiresAt: unknown): StoredEntry {
  return { payload: bytesOf(value as Uint8Array), expiresAt: momentOf(expiresAt) };
}

function bytesOf(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function momentOf(value: unknown): EpochMs | null {
  return value === null ? null : Number(value);
}

/** Reads the answer of a statement that gives one number or none. */
export function onlyNumber({ rows: [row] }: Outcome): number | undefined {
  return row && Number(row[0]);
}

/** Reads the answer of a statement that gives one id or none. */
export function onlyId({ rows: [row] }: Outcome): string | undefined {
  return row && String(row[0]);
}

/** Reads the answer of a SELECT of the first id, the last id, the number of rows and the sum of their bytes. */
export function sampleOf({ rows: [row] }: Outcome): TableSample {
  const [first, last, rows, bytes]: Row = row ?? [];
  return { first: idOf(first), last: idOf(last), rows: Number(rows ?? 0), bytes: Number(bytes ?? 0) };
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Counts the live ones of the rows that a statement removed, of which it gives `expires_at`. */
export function liveRows({ rows }: Outcome, now: EpochMs): number {
  return rows.filter(([expiresAt]) => expiresAt === null || Number(expiresAt) > now).length;
}

export function changedRows({ changed }: Outcome): number {
  return changed;
}

export function isChanged({ changed }: Outcome): boolean {
  return changed > 0;
}

export function nothing(): void {}
