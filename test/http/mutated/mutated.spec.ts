import { describe, expect, it } from '@jest/globals';
import { mutated } from './mutation.js';
import { Random } from './random.js';
import { type Reader, readers } from './readers.js';

/**
 * The strict reading is this. What is written by the grammar of its RFC says what it says, and of a directive that is said twice the first counts. A list
 * is read member by member. A member that breaks the grammar allows nothing: as freshness it is no freshness at all, as a permission it is
 * absent, and as a prohibition, if it begins with the name of one, it holds. Where a quote stands in such a member, nobody knows where
 * quoted text ends, and all that follows is taken for broken. A field that is no list is read as a whole or not at all. These rules may
 * allow less than that, and never more.
 */
const SEED = 20_261_122;
const CASES = 200_000;

interface Outcome {
  cases: number;
  used: number;
  readonly excesses: unknown[];
}

function damagedField(random: Random, { isList = false, seeds }: Reader): string | string[] {
  const text = mutated(random, random.pick(seeds), seeds);
  if (!isList || !random.chance(0.1)) return text;
  return random.chance(0.5) ? [text, random.pick(seeds)] : [random.pick(seeds), text];
}

function outcomeOf(reader: Reader, random: Random, cases: number): Outcome {
  const outcome: Outcome = { cases, used: 0, excesses: [] };
  for (let count = 0; count < cases; count++) {
    const value = damagedField(random, reader);
    const excess = reader.excess(random, value, (isUsed) => (outcome.used += Number(isUsed)));
    if (excess.length > 0) outcome.excesses.push({ value, excess });
  }
  return outcome;
}

describe('Of 200,000 damaged fields', () => {
  const each = Math.ceil(CASES / readers.length);

  it.each(readers.map((reader, index) => ({ field: reader.field, reader, seed: SEED + index })))(
    'none of $field throws, or allows more than the strict reading',
    ({ reader, seed }) => {
      const { excesses, used } = outcomeOf(reader, new Random(seed), each);
      expect(excesses.slice(0, 5)).toEqual([]);
      expect(used).toBeGreaterThan(each / 200);
    },
  );
});
