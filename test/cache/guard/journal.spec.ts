import { describe, expect, it } from '@jest/globals';
import { Journal } from '../../../lib/cache/guard/journal.js';

describe('the journal of unconfirmed removals', () => {
  it('gives back each key once, and is empty afterwards', () => {
    const journal = new Journal();
    journal.add(['a', 'b']);
    journal.add(['b', 'c']);
    expect(journal.isEmpty).toBe(false);
    expect(journal.take()).toEqual(['a', 'b', 'c']);
    expect(journal.isEmpty).toBe(true);
    expect(journal.take()).toEqual([]);
  });

  it('forgets single keys once all are doubtful', () => {
    const journal = new Journal();
    journal.add(['a']);
    journal.add('all');
    journal.add(['b']);
    expect(journal.take()).toBe('all');
    expect(journal.isEmpty).toBe(true);
  });

  it('is bounded: one key too many makes all doubtful', () => {
    const journal = new Journal(3);
    journal.add(['a', 'b', 'c']);
    expect(journal.take()).toEqual(['a', 'b', 'c']);
    journal.add(['a', 'b', 'c', 'd']);
    expect(journal.take()).toBe('all');
  });
});
