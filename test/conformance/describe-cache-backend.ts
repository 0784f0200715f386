import { afterEach, beforeEach, describe } from '@jest/globals';
import { batchCases } from './batches.js';
import { basicCases } from './basics.js';
import { counterCases } from './counters.js';
import { faultCases } from './faults.js';
import { getOrSetCases } from './get-or-set.js';
import { type BackendHarness, Bench, VARIANTS, type VariantName } from './harness.js';
import { isolationCases } from './isolation.js';
import { keyCases } from './keys.js';
import { lifeCycleCases } from './life-cycle.js';
import { limitCases } from './limits.js';
import { modelCases } from './model.js';
import { neighbourCases } from './neighbours.js';
import { overtakingCases } from './overtaking.js';
import { tagCases } from './tags.js';
import { timeoutCases } from './timeouts.js';
import { valueCases } from './values.js';
import { versionCases } from './versions.js';

/** What a group of cases works with; the getters are valid within a test. */
export interface Subject {
  readonly harness: BackendHarness;
  readonly variant: VariantName;
  readonly bench: Bench;
}

/** The cases that run against each of the four caches. */
const GROUPS = {
  basics: basicCases,
  values: valueCases,
  timeouts: timeoutCases,
  batches: batchCases,
  counters: counterCases,
  getOrSet: getOrSetCases,
  tags: tagCases,
  overtaking: overtakingCases,
  isolation: isolationCases,
  versions: versionCases,
  keys: keyCases,
  model: modelCases,
} satisfies Record<string, (subject: Subject) => void>;

/** Those that look at what becomes of the other three. */
const GROUPS_WITH_OTHERS: ReadonlySet<string> = new Set(['tags', 'isolation']);

/**
 * The behaviour that every backend shows, whatever it stores in. Call it from a spec of the backend's own:
 *
 *     describeCacheBackend('memory', { capabilities, createStore });
 */
export function describeCacheBackend(name: string, harness: BackendHarness): void {
  describe(`${name} backend`, () => {
    describe.each(harness.variants ?? (Object.keys(VARIANTS) as VariantName[]))(
      'as the cache "%s"',
      (variant) => {
        for (const [group, cases] of Object.entries(GROUPS)) {
          // A test file may not have groups without tests.
          if (group === 'overtaking' && !harness.capabilities.isShared) continue;
          const names = GROUPS_WITH_OTHERS.has(group) ? undefined : [variant];
          describe(group, () => cases(subjectOn(harness, variant, names)));
        }
      },
    );
    if (harness.capabilities.limitsEntries) describe('limits', () => limitCases(harness));
    describe('neighbours', () => neighbourCases(harness));
    describe('life cycle', () => lifeCycleCases(harness));
    describe('faults', () => faultCases(harness));
  });
}

/** Opens caches for each test of the group that this is called in. */
function subjectOn(
  harness: BackendHarness,
  variant: VariantName,
  names: readonly VariantName[] | undefined,
): Subject {
  let bench: Bench | undefined;
  beforeEach(async () => {
    bench = await Bench.open(harness, {}, names);
  });
  afterEach(async () => bench?.close());
  return {
    harness,
    variant,
    get bench() {
      if (!bench) throw new Error('the caches are open within a test only');
      return bench;
    },
  };
}
