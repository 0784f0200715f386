import { CacheModule, CachePage } from '../../../dist/index.js';

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
