import { createHash } from 'node:crypto';
import type { Statement } from './statement.js';

const NAME_DIGITS = 16;

/**
 * A statement that the server keeps. PostgreSQL refuses a name that it knows with another text, and every table has texts of its own, so that
 * the name follows from the text.
 */
export function prepared(text: string): Statement {
  return {
    name: `nestjs_cache_${createHash('sha256').update(text).digest('hex').slice(0, NAME_DIGITS)}`,
    text,
  };
}

/** A statement that the server forgets: there are too many like it to keep them all. */
export function unprepared(text: string): Statement {
  return { name: undefined, text };
}
