import { describe, expect, it } from '@jest/globals';
import { addressingValues } from '../../lib/http/addressing.js';

describe('What a request says of its own address', () => {
  it('is nothing in most requests', () => {
    expect(addressingValues({ host: 'a', cookie: 'b', 'x-forwarded-for': '1.2.3.4' })).toEqual([]);
  });

  it.each([
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-prefix',
    'x-original-url',
    'x-rewrite-url',
    'x-host',
  ])('includes %s', (name) => {
    expect(addressingValues({ [name]: 'v' })).toEqual([name, 'v']);
  });

  it('tells an absent header from an empty one', () => {
    expect(addressingValues({ 'x-forwarded-host': '' })).toEqual(['x-forwarded-host', '']);
  });

  it('takes of Forwarded the host and the scheme and not the client', () => {
    expect(
      addressingValues({ forwarded: 'for=1.2.3.4;Host=a.example; proto=https, for="[::1]";by=x' }),
    ).toEqual(['forwarded', 'Host=a.example', 'proto=https']);
    expect(addressingValues({ forwarded: 'for=1.2.3.4' })).toEqual(
      addressingValues({ forwarded: 'for=5.6.7.8' }),
    );
  });
});
