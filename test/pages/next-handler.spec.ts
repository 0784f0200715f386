import { afterEach, expect, it } from '@jest/globals';
import { Controller, Get, Next, Redirect } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { express, type RunningApplication, startApplication } from '../support/platforms.js';

@Controller('shared')
class PassingController {
  static runs = 0;

  @Get()
  @CachePage(60)
  pass(@Next() next: () => void): void {
    PassingController.runs++;
    next();
  }

  @Get()
  @CachePage(60, { negative: { 301: 60 } })
  @Redirect('/elsewhere', 301)
  redirect(): void {}
}

let running: RunningApplication | undefined;
afterEach(async () => running?.close());

it('keeps the page of a handler to which another passed the request under the handler of its own', async () => {
  running = await startApplication(express, { controllers: [PassingController] });
  for (const run of [1, 2, 3]) {
    const { headers, status } = await running.client.get('/shared');
    expect([status, headers.location, PassingController.runs]).toEqual([301, '/elsewhere', run]);
  }
});
