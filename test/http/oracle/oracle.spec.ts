import { describe, expect, it } from '@jest/globals';
import { Random } from '../mutated/random.js';
import type { DifferenceClass } from './difference-class.js';
import { type Exchange, generatedCase } from './generated-case.js';
import { readingClasses } from './reading-classes.js';
import { ruleClasses } from './rule-classes.js';
import { differences, ourVerdict, theirVerdict, type Verdict, withoutWishes } from './verdicts.js';

const SEED = 20_261_122;
const CASES = 100_000;
const classes: readonly DifferenceClass[] = [...readingClasses, ...ruleClasses];

/** Returns the verdict of the oracle once it was told what these classes say. */
function toldVerdict(exchange: Exchange, those: readonly DifferenceClass[]): Verdict {
  return theirVerdict(those.reduce((told, { tell }) => tell(told, exchange), exchange));
}

/** Returns the classes that have something to say of an exchange. */
function speakingClasses(exchange: Exchange): DifferenceClass[] {
  let told = exchange;
  return classes.filter(({ tell }) => {
    const before = told;
    told = tell(told, exchange);
    return told !== before;
  });
}

/** Returns the fewest classes without which the oracle would differ: each one of them is needed. */
function neededClasses(exchange: Exchange, ours: Verdict): DifferenceClass[] {
  const speaking = speakingClasses(exchange);
  const isEnough = (those: DifferenceClass[]): boolean =>
    differences(ours, toldVerdict(exchange, those)).length === 0;
  const alone = speaking.find((each) => isEnough([each]));
  if (alone) return [alone];
  return speaking.reduce((needed, each) => {
    const fewer = needed.filter((other) => other !== each);
    return isEnough(fewer) ? fewer : needed;
  }, speaking);
}

class Comparison {
  readonly counts = new Map(classes.map(({ name }) => [name, 0]));
  readonly unexplained: unknown[] = [];
  readonly agreed: Record<string, number> = {};
  differing = 0;

  compare(generated: Exchange, obeysRequests: boolean): void {
    const ours = ourVerdict(generated, obeysRequests);
    const exchange = obeysRequests ? generated : withoutWishes(generated);
    const differing = differences(ours, theirVerdict(exchange));
    const left = differences(ours, toldVerdict(exchange, classes));
    if (left.length > 0) this.unexplained.push({ left, generated, ours, obeysRequests });
    else if (differing.length > 0) this.#explain(exchange, ours);
    else {
      const kind = ours.reuse ?? 'not stored';
      this.agreed[kind] = (this.agreed[kind] ?? 0) + 1;
    }
  }

  #explain(exchange: Exchange, ours: Verdict): void {
    this.differing++;
    for (const { name } of neededClasses(exchange, ours)) this.counts.set(name, this.counts.get(name)! + 1);
  }
}

describe('Of 100,000 generated exchanges', () => {
  const comparison = new Comparison();
  const random = new Random(SEED);
  for (let index = 0; index < CASES; index++) comparison.compare(generatedCase(random), index % 2 === 0);

  it('none is judged otherwise by an independent oracle for a reason that no RFC explains', () => {
    expect(comparison.unexplained.slice(0, 3)).toEqual([]);
  });

  it.each(classes)('some are judged otherwise because of $name ($section)', ({ name }) => {
    expect(comparison.counts.get(name)).toBeGreaterThan(0);
  });

  it('many are judged alike in every respect, whatever the judgement', () => {
    const { fresh, validate, 'while-revalidating': meanwhile, 'not stored': refused } = comparison.agreed;
    expect(Math.min(fresh!, validate!, refused!)).toBeGreaterThan(1000);
    expect(meanwhile).toBeGreaterThan(10);
  });
});
