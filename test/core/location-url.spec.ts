import { describe, expect, it } from '@jest/globals';
import { parseLocationUrl, withoutPassword } from '../../lib/core/location-url.js';

describe('a cache URL in a message', () => {
  it.each([
    ['redis://user:secret@host:6379/1', 'redis://user:***@host:6379/1'],
    ['redis://:secret@host', 'redis://:***@host'],
    ['redis:/user:secret@host', 'redis:/user:***@host'],
    ['redis://user:se/cr:et@1@host', 'redis://user:***@host'],
    ['redis://user:secret@one;user:secret@two', 'redis://user:***@two'],
    ['redis://:a:b@host', 'redis://:***@host'],
    ['user:p@ss@host', 'user:***@host'],
    ['no server at redis://user:secret@host, said it', 'no server at redis://user:***@host, said it'],
    ['redis://:Se(ret?%40h=&a=b', 'redis://:***?%40h=&a=b'],
    ['redis://user:1Se(ret', 'redis://user:***'],
    ['memcached://host:11211:2;other:11212/', 'memcached://host:11211:2;other:11212/'],
    ['redis://[::1]:6379/1', 'redis://[::1]:6379/1'],
    ['redis://host?password=secret&timeout=60', 'redis://host?password=***&timeout=60'],
    ['memcached://10.0.0.1:11211;10.0.0.2:11211/', 'memcached://10.0.0.1:11211;10.0.0.2:11211/'],
    ['file:///var/cache', 'file:///var/cache'],
  ])('%s shows no password', (url, shown) => {
    expect(withoutPassword(url)).toBe(shown);
  });

  it('is taken apart at the first question mark', () => {
    expect(parseLocationUrl('redis://host/1?timeout=60&keyPrefix=a%3Fb', 'Cache "x"')).toMatchObject({
      scheme: 'redis',
      rest: 'host/1',
      query: { timeout: '60', keyPrefix: 'a?b' },
    });
  });
});
