/**
 * Holds conversations with a memcached whose answers are damaged on their way, and fails if an operation gets what is not its own or never ends:
 *
 *     node test/stress/meta-fuzz.mjs [--cases 100000] [--seed 1]
 *
 * A failure names the seed of its case: `--cases 1 --seed N` repeats it. Uses the built library.
 */
import { parseArgs } from 'node:util';
import { MetaServer } from '../../dist/backends/memcached/meta/meta-server.js';
import { fuzzCase } from '../backends/memcached/meta/fuzz.mjs';

const { values: options } = parseArgs({
  options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const first = Number(options.seed);
const cases = Number(options.cases);

// An operation that never ends would let the process end without a word.
process.exitCode = 1;
const hanging = setInterval(() => undefined, 60_000);
let answered = 0;
let rejected = 0;
for (let seed = first; seed < first + cases; seed++) {
  const late = setTimeout(() => {
    console.error(`Seed ${seed}: an operation does not end`);
    process.exit(1);
  }, 10_000);
  const ended = await fuzzCase(MetaServer, seed);
  clearTimeout(late);
  answered += ended.answered;
  rejected += ended.rejected;
}
clearInterval(hanging);
process.exitCode = 0;
console.log(
  `${cases} conversations: ${answered} operations answered as they should be, ${rejected} rejected`,
);
