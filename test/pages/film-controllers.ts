import { afterEach } from '@jest/globals';
import { Controller, Get, Param, Req, Version } from '@nestjs/common';
import { CachePage, NeverCache, VaryOnHeaders } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  type ApplicationParts,
  type Platform,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';
import type { ScriptRequest } from './scripted-pages.js';

@Controller(['films', 'movies'])
export class FilmsController {
  runs = 0;

  @Get(':id')
  @CachePage(60, { tags: ({ params }) => `film:${params['id']}` })
  @VaryOnHeaders('Accept-Language')
  film(@Param('id') id: string, @Req() { headers }: ScriptRequest): string {
    return `${id} ${headers['accept-language'] ?? '-'} ${++this.runs}`;
  }

  @Get(':id/actors')
  @CachePage(60, { cache: 'other' })
  actors(): string {
    return `actors ${++this.runs}`;
  }

  @Get('of/never')
  @NeverCache()
  never(): string {
    return 'x';
  }
}

@Controller({ path: 'versioned', version: '1' })
export class VersionedController {
  runs = 0;

  @Get(':id')
  @CachePage(60)
  one(): string {
    return `one ${++this.runs}`;
  }

  @Get('both/:id')
  @Version(['1', '2'])
  @CachePage(60)
  both(): string {
    return `both ${++this.runs}`;
  }
}

/** Returns what starts an application with the films, one at a time; it is closed after each test. */
export function startingFilms(): (
  platform: Platform,
  parts?: ApplicationParts,
) => Promise<RunningApplication> {
  let running: RunningApplication | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });
  return async (platform, parts = {}) =>
    (running = await startApplication(platform, {
      controllers: [FilmsController],
      caches: { default: 'memory://', other: 'memory://other' },
      clock: new FakeClock(),
      ...parts,
    }));
}
