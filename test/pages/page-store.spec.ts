import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CacheRegistry, openCaches } from '../../lib/index.js';
import type { Page } from '../../lib/pages/store/page.js';
import { pageCodec } from '../../lib/pages/store/page-codec.js';
import {
  type PageRequest,
  pageRequestOf,
  type PlatformRequest,
} from '../../lib/pages/requests/page-request.js';
import { PageStore, type Storing } from '../../lib/pages/store/page-store.js';

function pageOf(text: string): Page {
  return {
    status: 200,
    headers: [
      ['X-List', ['a', 'b']],
      ['ETag', '"é"'],
    ],
    removed: ['x-powered-by'],
    body: Buffer.from(text),
    storedAt: 5,
    lifetime: 60,
    entityTag: '"é"',
    lastModified: undefined,
    isPublic: false,
  };
}

function storing(...variesOn: string[]): Storing {
  return { variesOn, expiresAt: null, stamps: {} };
}

function requestOf(changes: Partial<PlatformRequest> = {}, route = 'route'): PageRequest {
  const request = {
    method: 'GET',
    headers: { host: 'a' },
    host: 'a',
    protocol: 'http',
    originalUrl: '/x',
    url: '/x',
  };
  return pageRequestOf({ ...request, ...changes }, { route });
}

describe('The pages of a cache', () => {
  let registry: CacheRegistry;
  beforeEach(async () => {
    registry = await openCaches(undefined, { warn: () => {} });
  });
  afterEach(() => registry.closeAll());
  const storeOf = (keyPrefix = ''): PageStore =>
    new PageStore(registry.get('default').view(pageCodec), keyPrefix);

  it('are found as they were put', async () => {
    const store = storeOf();
    expect(await store.find(requestOf())).toMatchObject({ miss: 'uri-miss' });
    store.put(requestOf(), pageOf('one'), storing());
    expect(await store.find(requestOf())).toEqual(pageOf('one'));
  });

  it('count one hit or miss per request, however many entries lie on the way', async () => {
    const store = storeOf();
    const counted = (): object => {
      const { hits, misses } = registry.get('default').statistics();
      return { hits, misses };
    };
    await store.find(requestOf());
    store.put(requestOf(), pageOf('english'), storing('accept-language'));
    expect(counted()).toEqual({ hits: 0, misses: 1 });
    await store.find(requestOf());
    expect(counted()).toEqual({ hits: 1, misses: 1 });
    await store.find(requestOf({ headers: { host: 'a', 'accept-language': 'de' } }));
    expect(counted()).toEqual({ hits: 1, misses: 2 });
  });

  it('are kept apart by the prefix', async () => {
    const [a, b] = [storeOf('a'), storeOf('b')];
    a.put(requestOf(), pageOf('one'), storing());
    b.put(requestOf(), pageOf('two'), storing());
    expect(await a.find(requestOf())).toMatchObject({ body: Buffer.from('one') });
    expect(await b.find(requestOf())).toMatchObject({ body: Buffer.from('two') });
    expect(await storeOf().find(requestOf())).toMatchObject({ miss: 'uri-miss' });
  });

  it.each<[string, Partial<PlatformRequest>, string]>([
    ['scheme', { protocol: 'https' }, 'route'],
    ['host', { host: 'b', headers: { host: 'b' } }, 'route'],
    ['host that the platform believes', { host: 'b' }, 'route'],
    ['host in the request', { headers: { host: 'b' } }, 'route'],
    ['URL', { originalUrl: '/y', url: '/y' }, 'route'],
    ['URL after middleware', { url: '/y' }, 'route'],
    ['handler', {}, 'other'],
  ])('are kept apart by the %s', async (_name, changes, route) => {
    const store = storeOf();
    store.put(requestOf(), pageOf('one'), storing());
    expect(await store.find(requestOf(changes, route))).toMatchObject({ miss: 'uri-miss' });
  });

  it('are not confused by parts that look alike when joined', async () => {
    const store = storeOf();
    store.put(
      requestOf({ host: 'a', headers: { host: 'a' }, originalUrl: '/b/c', url: '/b/c' }),
      pageOf('one'),
      storing(),
    );
    expect(
      await store.find(requestOf({ host: 'a/b', headers: { host: 'a/b' }, originalUrl: '/c', url: '/c' })),
    ).toMatchObject({ miss: 'uri-miss' });
  });

  it('are one for a host over HTTP/2, which has no Host', async () => {
    const store = storeOf();
    store.put(requestOf({ headers: { ':authority': 'a' } }), pageOf('one'), storing());
    expect(await store.find(requestOf({ host: 'b', headers: { ':authority': 'b' } }))).toMatchObject({
      miss: 'uri-miss',
    });
  });

  it('wait for one that is on its way', async () => {
    const store = storeOf();
    store.put(requestOf(), pageOf('one'), storing());
    expect(await store.find(requestOf())).toMatchObject({ body: Buffer.from('one') });
  });

  it('learn what all responses of a URL vary on, in whatever order they come', async () => {
    const store = storeOf();
    const request = (a: string, b: string): PageRequest => requestOf({ headers: { host: 'a', a, b } });
    expect(store.put(request('1', '1'), pageOf('by a'), storing('a'))).toEqual(['a']);
    expect(store.put(request('2', '2'), pageOf('by b'), storing('b'))).toEqual(['a', 'b']);
    expect(await store.find(request('2', '2'))).toMatchObject({ body: Buffer.from('by b') });
    expect(await store.find(request('2', '1'))).toMatchObject({ miss: 'vary-miss' });
    expect(await store.find(request('1', '2'))).toMatchObject({ miss: 'vary-miss' });
  });

  it('are misses and lost writes once the cache is closed', async () => {
    const store = storeOf();
    store.put(requestOf(), pageOf('one'), storing());
    await store.find(requestOf());
    await registry.closeAll();
    expect(await store.find(requestOf())).toMatchObject({ miss: 'uri-miss' });
    store.put(requestOf(), pageOf('two'), storing());
    expect(await store.find(requestOf())).toMatchObject({ miss: 'uri-miss' });
  });
});
