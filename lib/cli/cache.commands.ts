import { aliasCommand } from './alias-command.js';

export const clearCommand = aliasCommand({
  name: 'clear',
  summary: 'Remove the entries of a cache',
  about: `Removes the entries of a cache, of all versions, and nothing of its neighbours in the same store.`,
  run: async (cache, output) => {
    await cache.clear();
    output.print(`Cache "${cache.alias}" is empty.`);
  },
});

export const cullCommand = aliasCommand({
  name: 'cull',
  summary: 'Remove what has expired or is over the limits of a database cache',
  about: `Removes rows of the cache table that have expired, are older than maxAge, or are over maxEntries or
maxBytes. A cache does so itself, in proportion to what is written to it; this is for tables to which
nobody writes any more, and for limits that were lowered.`,
  run: async (cache, output) => {
    output.print(`Removed ${(await cache.cull()).toLocaleString('en')} rows.`);
  },
});

export const statsCommand = aliasCommand({
  name: 'stats',
  summary: 'Tell how much a database cache holds',
  about: `Tells how many rows the cache table holds, whichever cache wrote them, and the bytes of their values:
exactly for small tables, within a few per cent for others. The rows are not counted.`,
  run: async (cache, output) => {
    const { bytes, entries, isExact } = await cache.size();
    const about = isExact ? '' : 'about ';
    output.print(`Entries: ${about}${entries.toLocaleString('en')}`);
    output.print(`Bytes: ${about}${bytes.toLocaleString('en')}`);
  },
});
