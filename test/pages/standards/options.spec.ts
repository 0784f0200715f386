import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { CacheConfigurationError, CachePage, type CachePageOptions } from '../../../lib/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { platforms, type RunningApplication, startApplication } from '../../support/platforms.js';

/** What is given to the decorator, although its types may forbid it. */
function decorate(...given: unknown[]): () => unknown {
  return () => (CachePage as (...args: unknown[]) => unknown)(...given);
}

describe('Options of the standards', () => {
  it.each<[unknown[], RegExp]>([
    [[60, { standards: true }], /with "standards" the answers say themselves.*a timeout would say it again/],
    [[null, { standards: {} }], /a timeout would say it again/],
    [['15m', { standards: true }], /a timeout would say it again/],
    [[{ standards: true, maxAge: 60 }], /"maxAge" would say it again/],
    [[{ standards: true, serverOnly: true }], /"serverOnly" would say it again/],
    [[{ standards: true, negative: 60 }], /"negative" would say it again/],
    [[{ standards: true, ignoreCookies: true }], /"ignoreCookies" would say it again/],
    [[{ standards: true, staleWhileRevalidate: 60 }], /"staleWhileRevalidate" would say it again/],
    [[{ standards: true, staleIfError: 60 }], /"staleIfError" would say it again/],
    [[{ standards: 'yes' }], /standards.*true, false or options/],
    [[{ standards: null }], /standards.*true, false or options/],
    [[{ standards: [] }], /standards.*true, false or options/],
    [[{ standards: { heuristic: true } }], /heuristic\b.*heuristics/s],
    [[{ standards: { targets: 'CDN-Cache-Control' } }], /targets.*a list of names of headers/],
    [[{ standards: { targets: ['no name'] } }], /targets.*a list of names of headers/],
    [[{ standards: { heuristics: 'yes' } }], /heuristics.*true, false or options/],
    [[{ standards: { heuristics: null } }], /heuristics.*true, false or options/],
    [[{ standards: { heuristics: { fraction: 2 } } }], /fraction.*above 0, up to 1/],
    [[{ standards: { heuristics: { fraction: 0 } } }], /fraction.*above 0, up to 1/],
    [[{ standards: { heuristics: { longest: 'soon' } } }], /longest/],
    [[{ standards: { obeyRequests: 'yes' } }], /obeyRequests/],
    [[{ standards: { storeSetCookie: 1 } }], /storeSetCookie/],
    [[{ standards: { keepStale: -1 } }], /keepStale/],
    [[{ standards: { serveStaleOnFailure: 'no' } }], /serveStaleOnFailure/],
    [[{ staleWhileRevalidate: -1 }], /staleWhileRevalidate/],
    [[{ staleIfError: 'soon' }], /staleIfError/],
    [[{ staleIfError: 60, softTimeoutMs: 0 }], /softTimeoutMs/],
  ])('are refused when the class is loaded: %j', (given, message) => {
    expect(decorate(...given)).toThrow(CacheConfigurationError);
    expect(decorate(...given)).toThrow(message);
  });

  it.each<CachePageOptions>([
    { standards: true },
    { standards: false },
    { standards: {} },
    { standards: { targets: [], heuristics: { fraction: 1, longest: '2h' }, keepStale: 0 } },
    { standards: { heuristics: false, obeyRequests: true }, vary: 'Accept', bodyLimit: '10mb' },
  ])('are taken: %j', (options) => {
    expect(() => CachePage(options)).not.toThrow();
  });
});

let runs = 0;

@CachePage({ standards: true })
@Controller('mixed')
class MixedController {
  @Get('standard')
  standard(): string {
    return `run ${++runs}`;
  }

  /** As the decorator has it, in a class that goes by the standards. */
  @CachePage(60, { standards: false })
  @Get('own')
  own(): string {
    return `run ${++runs}`;
  }
}

describe.each(platforms)('A handler in a class that goes by the standards on $name', (platform) => {
  const clock = new FakeClock();
  let running: RunningApplication;
  beforeAll(async () => {
    runs = 0;
    running = await startApplication(platform, { clock, controllers: [MixedController] });
  });
  afterAll(async () => running.close());

  it('may go by its decorator', async () => {
    const texts = [await running.client.get('/mixed/own'), await running.client.get('/mixed/own')];
    expect(new Set(texts.map(({ text }) => text)).size).toBe(1);
    expect(texts[1]!.headers['cache-control']).toBe('max-age=60');
    const others = [await running.client.get('/mixed/standard'), await running.client.get('/mixed/standard')];
    expect(others[0]!.text).not.toBe(others[1]!.text);
  });
});
