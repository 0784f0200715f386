import { CacheError } from 'nestjs-cache-framework';
import { StartUpError } from './start-up-error.js';

/** Returns what to print when the start fails: a sentence for what a person can mend, everything for what is a mistake of ours. */
export function explain(error: unknown): string {
  if (error instanceof StartUpError) return error.message;
  if (error instanceof CacheError) return `CACHE_URL cannot be used: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
