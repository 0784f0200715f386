import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CacheConfiguration, type CacheRegistry, openCaches } from '../../../lib/index.js';
import { sqljsDataSource } from '../../support/data-sources.js';

describe('caches in databases', () => {
  let first: DataSource;
  let second: DataSource;
  let registry: CacheRegistry;

  const open = async (caches: Record<string, CacheConfiguration>): Promise<void> => {
    registry = await openCaches(caches, { warn: () => {}, dataSources: { default: first, second } });
  };

  beforeEach(async () => {
    first = await sqljsDataSource();
    second = await sqljsDataSource();
  });
  afterEach(async () => {
    await registry.closeAll();
    await Promise.all([first.destroy(), second.destroy()]);
  });

  it('share what is under way if they share a table', async () => {
    await open({
      default: { backend: 'database', createTable: true },
      other: { backend: 'database', location: 'cache_entries', createTable: true },
    });
    let runs = 0;
    const load = async (): Promise<number> => ++runs;
    const [a, b] = ['default', 'other'].map((alias) => registry.get(alias));
    expect(await Promise.all([a!.getOrSet('key', load), b!.getOrSet('key', load)])).toEqual([1, 1]);
  });

  it.each([
    ['in data sources by name', () => 'second' as const],
    ['in data sources of their own', () => second],
  ])('share nothing if their tables only have the same name, %s', async (_how, dataSource) => {
    await open({
      default: { backend: 'database', location: 'entries', createTable: true },
      other: { backend: 'database', location: 'entries', createTable: true, dataSource: dataSource() },
    });
    const [a, b] = ['default', 'other'].map((alias) => registry.get(alias));
    const values = [a!.getOrSet('key', async () => 'a'), b!.getOrSet('key', async () => 'b')];
    expect(await Promise.all(values)).toEqual(['a', 'b']);
    expect([await a!.get('key'), await b!.get('key')]).toEqual(['a', 'b']);
  });
});
