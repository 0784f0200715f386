import { describe, expect, it } from '@jest/globals';
import { type CacheHandling, withCacheStatus } from '../../lib/http/cache-status.js';

describe('Cache-Status', () => {
  it.each<[CacheHandling, string]>([
    [{ hit: true }, 'nestjs-cache; hit'],
    [{ hit: true, ttl: 59.4 }, 'nestjs-cache; hit; ttl=59'],
    [{ hit: true, ttl: -3 }, 'nestjs-cache; hit; ttl=-3'],
    [{ fwd: 'uri-miss' }, 'nestjs-cache; fwd=uri-miss'],
    [{ fwd: 'uri-miss', stored: false }, 'nestjs-cache; fwd=uri-miss'],
    [{ fwd: 'vary-miss', stored: true }, 'nestjs-cache; fwd=vary-miss; stored'],
    [{ fwd: 'bypass' }, 'nestjs-cache; fwd=bypass'],
    [{ fwd: 'method' }, 'nestjs-cache; fwd=method'],
    [{ fwd: 'request' }, 'nestjs-cache; fwd=request'],
  ])('tells %j as %j', (handling, field) => {
    expect(withCacheStatus(undefined, handling)).toBe(field);
  });

  it('comes after the members of caches nearer to the origin', () => {
    expect(withCacheStatus('origin; hit', { hit: true, ttl: 5 })).toBe(
      'origin; hit, nestjs-cache; hit; ttl=5',
    );
  });
});
