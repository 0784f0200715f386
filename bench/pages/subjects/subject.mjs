/**
 * What a cache adds to an application that is the same otherwise.
 *
 * @typedef {object} PageSubject
 * @property {import('@nestjs/common').DynamicModule[]} imports
 * @property {MethodDecorator[]} onHandlers
 *
 * @typedef {object} SubjectOptions
 * @property {string} [redis] the URL of a Redis that keeps the pages, in place of the memory of the process
 */

/**
 * A process loads the packages of its own subject alone.
 *
 * @type {Record<string, (options: SubjectOptions) => Promise<PageSubject>>}
 */
export const SUBJECTS = {
  plain: async () => (await import('./plain.mjs')).openPlain(),
  ours: async (options) => (await import('./ours.mjs')).openCached(options),
  'ours, early': async () => (await import('./ours.mjs')).openEarly(),
  'ours, early and varying': async () => (await import('./ours.mjs')).openEarlyVarying(),
  'ours, not cached': async () => (await import('./ours.mjs')).openUncached(),
  'ours, bypassed': async () => (await import('./ours.mjs')).openBypassed(),
  'cache-manager': async (options) => (await import('./cache-manager.mjs')).openCacheManager(options),
};
