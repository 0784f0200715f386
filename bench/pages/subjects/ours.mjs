import { CacheModule, CachePage, VaryOnHeaders } from '../../../dist/index.js';

/** @typedef {import('./subject.mjs').PageSubject} PageSubject */

const TIMEOUT_SECONDS = 600;

/** Pages with a rule. @param {import('./subject.mjs').SubjectOptions} options @returns {PageSubject} */
export function openCached({ redis }) {
  const caches = redis && { default: { backend: /** @type {const} */ ('redis'), location: redis } };
  return {
    imports: [CacheModule.forRoot({ ...(caches && { caches }) })],
    onHandlers: [CachePage(TIMEOUT_SECONDS)],
  };
}

/** Pages that the HTTP server answers. @returns {PageSubject} */
export function openEarly() {
  return { imports: [CacheModule.forRoot()], onHandlers: [CachePage(TIMEOUT_SECONDS, { early: true })] };
}

/** The same, and they vary on three request fields. @returns {PageSubject} */
export function openEarlyVarying() {
  return {
    imports: [CacheModule.forRoot()],
    onHandlers: [
      CachePage(TIMEOUT_SECONDS, { early: true }),
      VaryOnHeaders('Accept', 'Accept-Language', 'X-Currency'),
    ],
  };
}

/** The module is there, and the pages have nothing to do with it. @returns {PageSubject} */
export function openUncached() {
  return { imports: [CacheModule.forRoot()], onHandlers: [] };
}

/** Pages with a rule that leaves every request to the handler. @returns {PageSubject} */
export function openBypassed() {
  return {
    imports: [CacheModule.forRoot()],
    onHandlers: [CachePage(TIMEOUT_SECONDS, { unless: () => true })],
  };
}
