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
    [{ fwd: 'uri-miss', collapsed: true }, 'nestjs-cache; fwd=uri-miss; collapsed'],
    [{ fwd: 'stale', collapsed: false, ttl: -4.6 }, 'nestjs-cache; fwd=stale; ttl=-5'],
    [
      { fwd: 'miss', fwdStatus: 503, stored: true, collapsed: true, ttl: 60, detail: 'busy' },
      'nestjs-cache; fwd=miss; fwd-status=503; stored; collapsed; ttl=60; detail=busy',
    ],
    [{ hit: true, ttl: 1, detail: 'memory' }, 'nestjs-cache; hit; ttl=1; detail=memory'],
    [{ hit: true, detail: 'it sets a cookie' }, 'nestjs-cache; hit; detail="it sets a cookie"'],
    [{ hit: true, detail: String.raw`"\ `.trim() }, String.raw`nestjs-cache; hit; detail="\"\\"`],
    [{ hit: true, detail: '1' }, 'nestjs-cache; hit; detail="1"'],
    [{ hit: true, detail: '' }, 'nestjs-cache; hit; detail=""'],
    [{ hit: true, detail: '\u00e9\r\nX: y' }, 'nestjs-cache; hit; detail="%C3%A9%0D%0AX:%20y"'],
  ])('tells %j as %j', (handling, field) => {
    expect(withCacheStatus(undefined, handling)).toBe(field);
  });

  it('comes after the members of caches nearer to the origin', () => {
    expect(withCacheStatus('origin; hit', { hit: true, ttl: 5 })).toBe(
      'origin; hit, nestjs-cache; hit; ttl=5',
    );
  });
});
