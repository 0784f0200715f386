/**
 * The suites by name. A suite is a module with `run(harness)`.
 *
 * @typedef {import('../harness.mjs').Harness} Harness
 * @type {Record<string, { about: string, load: () => Promise<{ run: (harness: Harness) => Promise<void> }> }>}
 */
export const SUITES = {
  values: {
    about: 'get, set, getOrSet and getMany in memory, against other caches',
    load: () => import('./values.mjs'),
  },
  codec: {
    about: 'the form in which values are stored, against other forms: speed, size, fidelity, hostile bytes',
    load: () => import('./codec.mjs'),
  },
};
