import { expect, it } from '@jest/globals';
import { CacheKeyNotFoundError, InvalidCacheArgumentError } from '../../lib/index.js';
import type { Subject } from './describe-cache-backend.js';
import { type SuiteOptions, VARIANTS } from './harness.js';
import { expectSeconds } from './lifetimes.js';

export function versionCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);
  const options: SuiteOptions = VARIANTS[subject.variant];
  const own = options.version ?? 1;

  it('keeps versions of a key apart in every call', async () => {
    await cache().set('key', 'own');
    await cache().set('key', 'seven', { version: 7 });
    expect(await cache().get('key')).toBe('own');
    expect(await cache().get('key', { version: own })).toBe('own');
    expect(await cache().get('key', { version: 7 })).toBe('seven');
    expect(await cache().getMany(['key'], { version: 7 })).toEqual(new Map([['key', 'seven']]));
    expect(await cache().add('key', 'x', { version: 7 })).toBe(false);
    expect(await cache().has('key', { version: 8 })).toBe(false);
    expect(await cache().touch('key', { version: 7, timeout: 50 })).toBe(true);
    expectSeconds(subject.bench, await cache().ttl('key', { version: 7 }), 50);
    expectSeconds(subject.bench, await cache().ttl('key'), 300);
    expect(await cache().getOrSet('key', 'eight', { version: 8 })).toBe('eight');
    expect(await cache().delete('key', { version: 7 })).toBe(true);
    expect(await cache().deleteMany(['key'], { version: 8 })).toBe(1);
    expect(await cache().get('key')).toBe('own');
  });

  it('counts within a version', async () => {
    await cache().setMany({ n: 1 }, { version: 7 });
    expect(await cache().incr('n', 2, { version: 7 })).toBe(3);
    expect(await cache().decr('n', 1, { version: 7 })).toBe(2);
    await expect(cache().incr('n')).rejects.toThrow(CacheKeyNotFoundError);
  });

  it('moves an entry up and down with the lifetime it has left', async () => {
    await cache().set('key', { film: 'Heat' }, 1000);
    await subject.bench.advance(400);
    expect(await cache().incrVersion('key')).toBe(own + 1);
    expect(await cache().get('key')).toBeUndefined();
    expect(await cache().get('key', { version: own + 1 })).toEqual({ film: 'Heat' });
    expectSeconds(subject.bench, await cache().ttl('key', { version: own + 1 }), 600);
    expect(await cache().decrVersion('key', 3, { version: own + 1 })).toBe(own - 2);
    expect(await cache().get('key', { version: own - 2 })).toEqual({ film: 'Heat' });
    expect(await cache().incrVersion('key', 2, { version: own - 2 })).toBe(own);
    expect(await cache().incrVersion('key', 0)).toBe(own);
    expect(await cache().get('key')).toEqual({ film: 'Heat' });
  });

  it('moves a stored null and an entry without end', async () => {
    await cache().set('key', null, null);
    await cache().incrVersion('key');
    expect(await cache().get('key', { version: own + 1 })).toBeNull();
    expect(await cache().ttl('key', { version: own + 1 })).toBeNull();
  });

  it('does not move what is missing or expired', async () => {
    await expect(cache().incrVersion('key')).rejects.toThrow(CacheKeyNotFoundError);
    await cache().set('key', 1, 10);
    await subject.bench.advance(10);
    await expect(cache().decrVersion('key')).rejects.toThrow(CacheKeyNotFoundError);
  });

  it.each([1.5, Number.NaN, '2', null])('refuses the version %p', async (version) => {
    const bad = { version: version as number };
    await expect(cache().get('key', bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().set('key', 1, bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().incrVersion('key', version as number)).rejects.toThrow(InvalidCacheArgumentError);
  });
}
