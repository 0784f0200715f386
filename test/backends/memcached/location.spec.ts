import { describe, expect, it } from '@jest/globals';
import {
  locationFromOption,
  locationFromUrl,
  type MemcachedLocation,
  showLocation,
} from '../../../lib/backends/memcached/memcached-location.js';

const shown = (location: MemcachedLocation | undefined): string => showLocation(location ?? []);

describe('The location of memcached', () => {
  it.each<[unknown, string]>([
    ['10.0.0.1:11212', '10.0.0.1:11212'],
    ['cache.example', 'cache.example:11211'],
    ['10.0.0.1:11211:3', '10.0.0.1:11211:3'],
    ['[::1]:11212', '[::1]:11212'],
    ['[::1]', '[::1]:11211'],
    ['unix:/run/memcached.sock', '/run/memcached.sock'],
    ['/run/memcached.sock', '/run/memcached.sock'],
    ['10.0.0.1:1;10.0.0.2:2', '10.0.0.1:1;10.0.0.2:2'],
    ['10.0.0.1:1, 10.0.0.2:2', '10.0.0.1:1;10.0.0.2:2'],
    [['10.0.0.1:1', 'unix:/run/memcached.sock'], '10.0.0.1:1;/run/memcached.sock'],
    [{ host: '::1', port: 11_212, weight: 2 }, '[::1]:11212:2'],
    [{ host: '[::1]' }, '[::1]:11211'],
    [{ path: '/run/memcached.sock', weight: 2 }, '/run/memcached.sock:2'],
    [[{ host: 'a' }, 'b:1'], 'a:11211;b:1'],
  ])('is read from the option %j', (given, expected) => {
    expect(shown(locationFromOption(given))).toBe(expected);
  });

  it.each([
    [
      '172.19.26.240:11211;172.19.26.242:11212;172.19.26.244:11213/',
      '172.19.26.240:11211;172.19.26.242:11212;172.19.26.244:11213',
    ],
    ['127.0.0.1:11211', '127.0.0.1:11211'],
    ['[::1]:11211;[::1]:11212/', '[::1]:11211;[::1]:11212'],
    ['/path/to/socket', '/path/to/socket'],
    ['/path/to/a%20socket', '/path/to/a socket'],
    ['unix:/path/to/socket', '/path/to/socket'],
  ])('is read from a URL with %s', (rest, expected) => {
    expect(shown(locationFromUrl(rest))).toBe(expected);
  });

  it('is absent from a URL that has nothing there', () => {
    expect(locationFromUrl('')).toBeUndefined();
  });

  it.each<[unknown, RegExp]>([
    ['10.0.0.1:1;10.0.0.1:1', /10\.0\.0\.1:1 is given twice/],
    ['10.0.0.1:0', /a port is a number from 1 to 65535; got '0'/],
    ['10.0.0.1:65536', /a port is a number/],
    ['10.0.0.1:', /a port is a number/],
    ['10.0.0.1:port', /a port is a number/],
    ['10.0.0.1:1:0', /a weight is a whole number/],
    ['10.0.0.1:1:1.5', /a weight is a whole number/],
    ['10.0.0.1:1:2:3', /is not host:port/],
    ['10.0.0.1:1;;10.0.0.2:1', /an entry of the list of servers is empty/],
    ['', /an entry of the list of servers is empty/],
    [[], /the list of servers is empty/],
    ['user:secret@10.0.0.1:1', /options username and password/],
    ['unix:relative', /absolute path/],
    ['::1', /is not host:port/],
    [{ host: 'a', ports: 1 }, /not by "ports"/],
    [{ port: 1 }, /needs a host or a path/],
    [{ host: 'a', path: '/b' }, /either a path, or host and port/],
    [{ host: 'a b' }, /is no host/],
    [{ host: 'a', port: 1.5 }, /a port is a number/],
    [7, /a server must be text or \{ host, port, weight \}; got 7/],
    [null, /a server must be text/],
  ])('refuses %j', (given, message) => {
    expect(() => locationFromOption(given)).toThrow(message);
  });

  it('shows no password in the error about credentials', () => {
    expect(() => locationFromOption('user:secret@10.0.0.1:1')).toThrow(/^((?!secret).)*$/);
  });
});
