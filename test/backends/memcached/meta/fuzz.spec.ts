import { describe, expect, it } from '@jest/globals';
import { MetaServer } from '../../../../lib/backends/memcached/meta/meta-server.js';
import { fuzzCase } from './fuzz.mjs';

const CASES = 1500;

describe('The meta client', () => {
  it('gives nobody a value of another key, and leaves nobody waiting, whatever happens to the answers', async () => {
    let answered = 0;
    let rejected = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const ended = await fuzzCase(MetaServer, seed);
      answered += ended.answered;
      rejected += ended.rejected;
    }
    // Both ends of a conversation are met, or the cases would show nothing.
    expect(answered).toBeGreaterThan(CASES);
    expect(rejected).toBeGreaterThan(CASES);
  });
});
