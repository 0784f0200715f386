import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Course, DATABASES } from '../../stress/races/databases.mjs';
import { raceToAdd, raceToCount } from '../../stress/races/race.mjs';

jest.setTimeout(120_000);

const REGISTER = new URL('../../support/typescript/register.mjs', import.meta.url).href;
const LIBRARY = new URL('../../../lib/index.ts', import.meta.url).href;
const PROCESSES = { processes: 3, framework: LIBRARY, execArgv: ['--import', REGISTER] };

const keysOf = (beginning: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${beginning}:${index}`);

describe.each(Object.entries(DATABASES))('several processes with one cache table in %s', (_name, open) => {
  let course: Course;

  beforeAll(async () => {
    course = await open();
  });

  afterAll(async () => {
    await course.close();
  });

  it('create it together, and each key that all add is won once, whether it was absent or expired', async () => {
    const { wrong } = await raceToAdd({
      ...PROCESSES,
      dataSource: course.dataSource,
      keys: keysOf('key', 100),
      operations: 300,
    });
    expect(wrong).toEqual([]);
  });

  it('count up the same keys without losing an update', async () => {
    const { wrong } = await raceToCount({
      ...PROCESSES,
      dataSource: course.dataSource,
      keys: keysOf('count', 3),
      operations: 200,
    });
    expect(wrong).toEqual([]);
  });
});
