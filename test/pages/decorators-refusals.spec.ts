import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  CacheControl,
  type CacheControlOptions,
  CachePage,
  CacheTags,
  Etag,
  InvalidateTags,
  LastModified,
  NeverCache,
  VaryOnCookie,
  VaryOnHeaders,
} from '../../lib/index.js';
import { express, startApplication } from '../support/platforms.js';

describe('The decorators of pages', () => {
  it.each<[string, () => unknown, string]>([
    ['@VaryOnHeaders()', () => VaryOnHeaders(), 'at least one name of a request header'],
    ['@VaryOnHeaders(*)', () => VaryOnHeaders('*'), 'Use @NeverCache()'],
    ['@VaryOnHeaders with a line break', () => VaryOnHeaders('A\r\nB'), "got 'A\\r\\nB'"],
    ['@VaryOnHeaders(5)', () => VaryOnHeaders(5 as never), 'got 5'],
    ['@VaryOnCookie with white space', () => VaryOnCookie('a b'), "got 'a b'"],
    ['@VaryOnCookie()', () => VaryOnCookie(null as never), 'the name of one cookie'],
    ['@CacheControl()', () => CacheControl(undefined as never), '@CacheControl takes an object'],
    ['@CacheControl({})', () => CacheControl({}), 'at least one directive'],
    [
      '@CacheControl with an unknown directive',
      () => CacheControl({ maxage: 5 } as CacheControlOptions),
      'Did you mean "maxAge"?',
    ],
    [
      '@CacheControl with a wrong value',
      () => CacheControl({ noStore: 'yes' as never }),
      'noStore of @CacheControl must be true or false',
    ],
    [
      '@CacheControl with a contradiction',
      () => CacheControl({ public: true, private: true }),
      'public and private',
    ],
    ['@Etag without a function', () => Etag('"1"' as never), '@Etag takes a function of the request'],
    [
      '@LastModified without a function',
      () => LastModified(new Date() as never),
      '@LastModified takes a function',
    ],
    ['@CacheTags()', () => CacheTags(), '@CacheTags must be given at least one tag'],
    ['@CacheTags with an empty tag', () => CacheTags(''), '@CacheTags: A tag must be'],
    ['@CacheTags(5)', () => CacheTags(5 as never), '@CacheTags takes tags and functions'],
    ['@InvalidateTags()', () => InvalidateTags(), '@InvalidateTags must be given at least one tag'],
    ['@CachePage with a name that is none', () => CachePage(5, { vary: ['a b'] }), 'option "vary" must be'],
    ['@CachePage with a tag that is none', () => CachePage(5, { tags: [''] }), 'option "tags" must be'],
    ['@CachePage with an empty query rule', () => CachePage(5, { query: {} }), 'option "query" must be'],
    [
      '@CachePage with an unknown query rule',
      () => CachePage(5, { query: { ignored: ['a'] } as never }),
      'option "query" must be',
    ],
    ['@CachePage with a bad maxAge', () => CachePage(5, { maxAge: 'soon' }), 'option "maxAge" must be'],
    [
      '@CachePage with maxAge and serverOnly',
      () => CachePage(5, { maxAge: 5, serverOnly: true }),
      'Give one of them',
    ],
    [
      '@CachePage with a status that is never kept',
      () => CachePage(5, { negative: { 500: '1m' } as never }),
      'statuses: 203, 300, 301, 308, 404, 410',
    ],
    [
      '@CachePage with unless that is no function',
      () => CachePage(5, { unless: true as never }),
      'a function (request) => boolean',
    ],
  ])('refuse what they cannot use when the class is loaded: %s', (_name, decorate, words) => {
    expect(decorate).toThrow(words);
  });

  it('refuse to contradict each other at one place', async () => {
    const both = (): void => {
      @Controller()
      class Both {
        @NeverCache()
        @CacheControl({ public: true })
        page(): void {}
      }
      void Both;
    };
    expect(both).toThrow('@NeverCache and @CacheControl stand at the same place');

    @Controller()
    class Contradicting {
      @Get()
      @NeverCache()
      @CachePage(60)
      page(): string {
        return 'x';
      }
    }
    await expect(startApplication(express, { controllers: [Contradicting] })).rejects.toThrow(
      'Contradicting.page: @CachePage and @NeverCache stand at the same place. Remove one of them.',
    );
  });

  it('refuse to invalidate tags for a handler that reads', async () => {
    @Controller()
    class Reading {
      @Get()
      @InvalidateTags('a')
      page(): string {
        return 'x';
      }
    }
    await expect(startApplication(express, { controllers: [Reading] })).rejects.toThrow(
      'Reading.page: @InvalidateTags is for methods that change something',
    );
  });

  it('take functions of the own request type of a platform', () => {
    interface OwnRequest {
      readonly params: { readonly id: string };
    }
    expect(() => {
      CachePage(60, {
        tags: (request: OwnRequest) => request.params.id,
        unless: (request: OwnRequest) => request.params.id === '',
      });
      CacheTags((request: OwnRequest) => [request.params.id]);
      Etag((request: OwnRequest) => request.params.id);
      CachePage(60, { tags: ['films', (request) => `film:${request.params.id}`] });
    }).not.toThrow();
  });
});
