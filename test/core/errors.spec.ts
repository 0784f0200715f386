import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import * as api from '../../lib/index.js';

const source = await readFile('lib/core/errors.ts', 'utf8');
const readme = await readFile('README.md', 'utf8');
const codes = [...source.matchAll(/^ {2}\| '(CACHE_\w+)'/gm)].map(([, code]) => code!);
const classOf = new Map(
  [...source.matchAll(/class (\w+) extends CacheError[\s\S]*?super\(\s*'(CACHE_\w+)'/g)].map(
    ([, name, code]) => [code!, name!],
  ),
);

describe('the errors', () => {
  it('have one class per code', () => {
    expect([...classOf.keys()].toSorted()).toEqual(codes.toSorted());
  });

  it('are all exported', () => {
    for (const name of classOf.values()) expect(api).toHaveProperty(name);
  });

  it('stand in the table of the README, each with its class, and no other', () => {
    const rows = [...readme.matchAll(/^\| `(CACHE_\w+)` +\| `(\w+)`/gm)].map(([, code, name]) => [
      code,
      name,
    ]);
    expect(new Map(rows as [string, string][])).toEqual(classOf);
  });

  it('are CacheErrors with a name, and keep the cause', () => {
    const cause = new Error('disk full');
    const error = new api.CacheBackendError('write failed', { cause });
    expect(error).toBeInstanceOf(api.CacheError);
    expect(error).toMatchObject({ name: 'CacheBackendError', code: 'CACHE_BACKEND_FAILURE', cause });
  });
});
