/**
 * Counts what may have made entries absent by the way: invalidations of tags, and clearings. One count for all caches of the process, since two may
 * share a store.
 */
export const removals = { count: 0 };
