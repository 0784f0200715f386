import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Render, Res } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CachePage } from '../../lib/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { express, startApplication, type RunningApplication } from '../support/platforms.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HIT } from './scripted-pages.js';

interface RenderingReply {
  render(view: string, model: object): void;
}

@CachePage(60)
@Controller()
class FilmsController {
  static runs = 0;

  @Get('decorated')
  @Render('film')
  decorated(): object {
    return { title: 'Alien', run: ++FilmsController.runs };
  }

  @Get('called')
  called(@Res() reply: RenderingReply): void {
    reply.render('film', { title: 'Aliens', run: ++FilmsController.runs });
  }

  @Get('broken')
  @Render('missing')
  broken(): object {
    return { run: ++FilmsController.runs };
  }
}

describe('A template rendered by Express', () => {
  let running: RunningApplication;
  let folder = '';
  let renders = 0;
  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    await writeFile(join(folder, 'film.words'), '<h1>');
    running = await startApplication(express, {
      controllers: [FilmsController],
      prepare: (app) => {
        const site = app as NestExpressApplication;
        site.engine(
          'words',
          (_path: string, model: object, done: (error: unknown, html?: string) => void) => {
            const { run, title } = model as { run: number; title: string };
            done(null, `<h1>${title}, ${run}, ${++renders}</h1>`);
          },
        );
        site.setBaseViewsDir(folder);
        site.setViewEngine('words');
      },
    });
  });
  afterAll(async () => {
    await running.close();
    await removeFolder(folder);
  });

  it.each(['decorated', 'called'])('is kept as it was rendered: %s', async (path) => {
    const miss = await running.client.get(`/${path}`);
    const before = [FilmsController.runs, renders];
    const hit = await running.client.get(`/${path}`);
    expect(miss.text).toMatch(/^<h1>Aliens?, \d, \d<\/h1>$/);
    expect(hit.text).toBe(miss.text);
    expect(hit.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-status': expect.stringMatching(HIT),
    });
    expect([FilmsController.runs, renders]).toEqual(before);
  });

  it('is an error each time where it cannot be rendered', async () => {
    const before = FilmsController.runs;
    for (const run of [1, 2]) {
      expect((await running.client.get('/broken')).status).toBe(500);
      expect(FilmsController.runs).toBe(before + run);
    }
  });
});
