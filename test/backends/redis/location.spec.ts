import { describe, expect, it } from '@jest/globals';
import { createClient, createCluster, createClientPool, createSentinel } from 'redis';
import { parseRedisLocation } from '../../../lib/backends/redis/location-option.js';
import { redisDefinition } from '../../../lib/backends/redis/redis-definition.js';
import { showRedisLocation } from '../../../lib/backends/redis/redis-location.js';
import { messageOf } from '../../../lib/core/show.js';

const NOTHING = { isEncrypted: false, username: undefined, password: undefined, database: undefined };

function serversOf(location: unknown) {
  const parsed = parseRedisLocation(location);
  return parsed.kind === 'client' ? [] : parsed.servers;
}

describe('a location of Redis', () => {
  it.each<[string, object]>([
    ['redis://127.0.0.1:6380/2', { ...NOTHING, endpoint: { host: '127.0.0.1', port: 6380 }, database: 2 }],
    ['redis://cache', { ...NOTHING, endpoint: { host: 'cache', port: 6379 } }],
    ['cache:7000', { ...NOTHING, endpoint: { host: 'cache', port: 7000 } }],
    ['redis:///3', { ...NOTHING, endpoint: { host: '127.0.0.1', port: 6379 }, database: 3 }],
    ['rediss://[::1]:7000', { ...NOTHING, isEncrypted: true, endpoint: { host: '::1', port: 7000 } }],
    [
      'redis://ann:s%2Fe%3Bc@ret:x@cache/1',
      {
        ...NOTHING,
        endpoint: { host: 'cache', port: 6379 },
        username: 'ann',
        password: 's/e;c@ret:x',
        database: 1,
      },
    ],
    ['redis://:secret@cache', { ...NOTHING, endpoint: { host: 'cache', port: 6379 }, password: 'secret' }],
    ['unix:/run/redis.sock', { ...NOTHING, endpoint: { path: '/run/redis.sock' } }],
    ['unix:///run/redis.sock?db=4', { ...NOTHING, endpoint: { path: '/run/redis.sock' }, database: 4 }],
    [
      'unix://ann:pw@/run/a%20b',
      { ...NOTHING, endpoint: { path: '/run/a b' }, username: 'ann', password: 'pw' },
    ],
    ['redis:///run/redis.sock', { ...NOTHING, endpoint: { path: '/run/redis.sock' } }],
  ])('reads %s', (text, expected) => {
    expect(serversOf(text)).toEqual([expected]);
  });

  it('reads several servers, of which the later inherit from the first what they leave out', () => {
    const text = 'rediss://ann:pw@one:1/2;two:2,bob:other@three:3/4';
    const expected = [
      { endpoint: { host: 'one', port: 1 }, isEncrypted: true, username: 'ann', password: 'pw', database: 2 },
      { endpoint: { host: 'two', port: 2 }, isEncrypted: true, username: 'ann', password: 'pw', database: 2 },
      {
        endpoint: { host: 'three', port: 3 },
        isEncrypted: true,
        username: 'bob',
        password: 'other',
        database: 4,
      },
    ];
    expect(serversOf(text)).toEqual(expected);
    expect(serversOf(['rediss://ann:pw@one:1/2', 'two:2', 'rediss://bob:other@three:3/4'])).toEqual(expected);
    expect(redisDefinition.locationFromUrl('ann:pw@one:1/2;two:2,bob:other@three:3/4', 'rediss')).toEqual({
      kind: 'servers',
      servers: expected,
    });
  });

  it('reads clusters and sentinels', () => {
    expect(parseRedisLocation({ cluster: ['redis://:pw@one:1', 'two:2', { host: 'three' }] })).toMatchObject({
      kind: 'cluster',
      servers: [
        { endpoint: { host: 'one', port: 1 }, password: 'pw' },
        { endpoint: { host: 'two', port: 2 }, password: 'pw' },
        { endpoint: { host: 'three', port: 6379 }, password: 'pw' },
      ],
    });
    const nodes = [{ host: 'one', port: 26_379 }, 'two:26380'];
    expect(
      parseRedisLocation({
        sentinel: { name: 'shop', nodes, password: 'pw', database: 2, sentinelPassword: 'other' },
      }),
    ).toMatchObject({
      kind: 'sentinel',
      name: 'shop',
      password: 'pw',
      database: 2,
      servers: [
        { endpoint: { host: 'one', port: 26_379 }, password: 'other', database: undefined },
        { endpoint: { host: 'two', port: 26_380 }, password: 'other', database: undefined },
      ],
    });
  });

  it('takes every kind of client of the package, and no other object', () => {
    const clients = [
      createClient(),
      createClientPool(),
      createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }),
      createSentinel({ name: 'shop', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }),
    ];
    for (const client of clients) expect(parseRedisLocation(client)).toEqual({ kind: 'client', client });
    const ioredis = { call: () => {}, sendCommand: () => {}, on: () => {}, off: () => {} };
    expect(() => parseRedisLocation(ioredis)).toThrow('ioredis');
    const shown = clients.map((client) => showRedisLocation({ kind: 'client', client }));
    expect(new Set(shown).size).toBe(4);
    expect(showRedisLocation({ kind: 'client', client: clients[0]! })).toBe(shown[0]);
  });

  it.each<[string, unknown, string]>([
    ['another scheme', 'http://user:hush@cache', 'the scheme is "http", not redis or rediss'],
    ['a port too high', 'redis://:hush@cache:70000', 'a whole number between 1 and 65535'],
    ['no port', 'redis://:hush@cache:', 'host:port'],
    ['a name for a database', 'redis://:hush@cache/films', 'the database must be a number'],
    ['options', 'redis://:hush@cache?x=1', 'options belong'],
    ['a bare % in the password', 'redis://:hush%@cache', 'percent-encoded'],
    ['an empty list', [], 'must name at least a server'],
    ['a number in the list', ['redis://:hush@cache', 1], 'must be a URL, "host:port" or { host, port }'],
    ['a number', 6379, 'it is 6379'],
    ['an unknown object', { host: 'cache' }, 'neither a client'],
    ['an empty cluster', { cluster: [] }, 'a server of the cluster'],
    ['a database of a cluster', { cluster: ['redis://:hush@cache/1'] }, 'no databases but 0'],
    ['more than a cluster', { cluster: ['redis://cache'], password: 'hush' }, '"password" is unknown there'],
    ['sentinels without a name', { sentinel: { nodes: ['a:1'] } }, 'sentinel.name'],
    ['sentinels without nodes', { sentinel: { name: 'shop' } }, 'a sentinel'],
    [
      'a password that is no text',
      { sentinel: { name: 'shop', nodes: ['a:1'], password: ['hush'] } },
      'must be text',
    ],
    [
      'a misspelt option',
      { sentinel: { name: 'shop', nodes: ['a:1'], pasword: 'hush' } },
      '"pasword" is unknown',
    ],
    ['a relative socket', 'unix:run/redis', 'absolute path'],
  ])('refuses %s, and shows no password', (_, location, message) => {
    let thrown: unknown;
    try {
      parseRedisLocation(location);
    } catch (error) {
      thrown = error;
    }
    expect(messageOf(thrown)).toContain(message);
    expect(messageOf(thrown)).not.toContain('hush');
  });

  it('is shown without credentials', () => {
    const show = (location: unknown): string => showRedisLocation(parseRedisLocation(location));
    expect(show('redis://ann:hush@one:1/2;two:2')).toBe('one:1;two:2, database 2');
    expect(show('redis://:hush@one:1/0')).toBe(show('redis://ann:other@one:1'));
    expect(show({ cluster: ['redis://:hush@one:1', 'two:2'] })).toBe('the cluster one:1;two:2');
    expect(
      show({
        sentinel: { name: 'shop', nodes: ['one:1'], password: 'hush', sentinelPassword: 'hush', database: 3 },
      }),
    ).toBe('the leader "shop" of the sentinels one:1, database 3');
    expect(show('unix://:hush@/run/redis.sock')).toBe('/run/redis.sock');
  });
});
