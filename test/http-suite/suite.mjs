/** The suite as it is on disk: its tests, its client and its verdicts. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** All at once: the suite waits most of the time, and the outcome is the same as in portions. */
const AT_ONCE = 400;

/**
 * @typedef {object} Suite
 * @property {{ id: string, tests: { id: string, kind?: string, browser_only?: boolean, name: string }[] }[]} groups those that are not for browsers alone
 * @property {(groups: unknown, isBrowser: boolean, base: string, atOnce: number) => Promise<void>} runTests
 * @property {() => Record<string, true | [string, string]>} getResults
 * @property {(id: string, results: Record<string, true | [string, string]>) => string} verdictOn a test, the tests that it depends on considered
 */

/** @param {string} folder @returns {Promise<Suite>} */
export async function loadSuite(folder) {
  const load = async (file) => import(pathToFileURL(path.resolve(folder, file)).href);
  try {
    const { default: all } = await load('tests/index.mjs');
    const { determineTestResult, resultTypes } = await load('test-engine/lib/results.mjs');
    const { getResults, runTests } = await load('test-engine/client/runner.mjs');
    const names = new Map(Object.entries(resultTypes).map(([name, type]) => [type, name]));
    return {
      groups: all.map((group) => ({ ...group, tests: group.tests.filter((test) => !test.browser_only) })),
      runTests,
      getResults,
      verdictOn: (id, results) => names.get(determineTestResult(all, id, results, true)) ?? 'unknown',
    };
  } catch (error) {
    throw new Error(
      `${folder} does not hold the suite: check out github.com/http-tests/cache-tests there, and run "npm install undici" in it`,
      { cause: error },
    );
  }
}

/** @param {Suite} suite @param {string} base */
export async function runSuite({ getResults, groups, runTests }, base) {
  const { error, log } = console;
  // The client of the suite tells every failure as it comes.
  Object.assign(console, { log: () => {}, error: () => {} });
  try {
    await runTests(groups, false, base, AT_ONCE);
  } finally {
    Object.assign(console, { error, log });
  }
  return getResults();
}
