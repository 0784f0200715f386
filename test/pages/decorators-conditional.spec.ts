import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, NotFoundException, Param, Put, Res, StreamableFile } from '@nestjs/common';
import { CachePage, ConditionalPage, Etag, LastModified } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { platforms, type Reply, type RunningApplication, startApplication } from '../support/platforms.js';
import { HIT } from './scripted-pages.js';

const revisions = new Map<string, string>();

@Controller('versions')
class VersionsController {
  static runs = 0;

  @Get('etag/:id')
  @Etag(async ({ params }) => revisions.get(params['id']!))
  etag(@Param('id') id: string): string {
    VersionsController.runs++;
    if (!revisions.has(id)) throw new NotFoundException();
    return `revision ${revisions.get(id)}`;
  }

  @Put('etag/:id')
  @Etag(({ params }) => revisions.get(params['id']!))
  change(@Param('id') id: string): string {
    VersionsController.runs++;
    revisions.set(id, 'changed');
    return 'done';
  }

  @Get('changed')
  @LastModified(() => new Date('2026-01-02T03:04:05.678Z'))
  changed(): string {
    VersionsController.runs++;
    return 'x';
  }

  @Get('wrong')
  @Etag(() => 5 as never)
  wrong(): string {
    return 'x';
  }

  @Get('bodies')
  @ConditionalPage()
  bodies(): string {
    VersionsController.runs++;
    return 'the same body';
  }

  @Get('files')
  @ConditionalPage()
  file(): StreamableFile {
    return new StreamableFile(Buffer.from('a file'));
  }

  @Get('nothing')
  @ConditionalPage()
  nothing(@Res({ passthrough: true }) reply: Reply): void {
    reply.status(204);
  }

  @Get('cached/:id')
  @CachePage(60)
  @Etag(({ params }) => revisions.get(params['id']!))
  cached(): string {
    VersionsController.runs++;
    return 'cached';
  }
}

describe.each(platforms)('Conditional requests for handlers on $name', (platform) => {
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication(platform, { controllers: [VersionsController], clock: new FakeClock() });
  });
  afterAll(() => app.close());
  const runsDuring = async (work: () => Promise<unknown>): Promise<number> => {
    const before = VersionsController.runs;
    await work();
    return VersionsController.runs - before;
  };

  it('get the version as ETag, and 304 without the handler', async () => {
    revisions.set('a', 'r1');
    const first = await app.client.get('/versions/etag/a');
    expect([first.status, first.text, first.headers['etag']]).toEqual([200, 'revision r1', '"r1"']);
    const runs = await runsDuring(async () => {
      const again = await app.client.get('/versions/etag/a', { 'if-none-match': 'W/"x", "r1"' });
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', '"r1"']);
    });
    expect(runs).toBe(0);
    revisions.set('a', 'r2');
    const changed = await app.client.get('/versions/etag/a', { 'if-none-match': '"r1"' });
    expect([changed.status, changed.text]).toEqual([200, 'revision r2']);
  });

  it('get 412 without the handler if their precondition fails', async () => {
    revisions.set('b', 'r1');
    const runs = await runsDuring(async () => {
      const answer = await app.client.get('/versions/etag/b', { 'if-match': '"r0"' });
      expect(answer.status).toBe(412);
      expect(answer.headers['etag']).not.toBe('"r1"');
    });
    expect(runs).toBe(0);
    expect((await app.client.get('/versions/etag/b', { 'if-match': '"r1"' })).status).toBe(200);
    expect((await app.client.get('/versions/etag/none', { 'if-match': '*' })).status).toBe(412);
  });

  it('are kept from overwriting what they have not seen', async () => {
    revisions.set('d', 'r1');
    const put = (headers: Record<string, string>) =>
      app.client.ask('/versions/etag/d', { method: 'PUT', headers });
    expect((await put({ 'if-match': '"r0"' })).status).toBe(412);
    expect((await put({ 'if-none-match': '*' })).status).toBe(412);
    expect(revisions.get('d')).toBe('r1');
    const done = await put({ 'if-match': '"r1"' });
    expect([done.status, done.text]).toEqual([200, 'done']);
    expect(done.headers['etag']).not.toBe('"r1"');
  });

  it('get no version with an error', async () => {
    const answer = await app.client.get('/versions/etag/none');
    expect(answer.status).toBe(404);
    const wrong = await app.client.get('/versions/wrong');
    expect(wrong.status).toBe(500);
  });

  it('get 304 by the last change, in whole seconds', async () => {
    const lastModified = 'Fri, 02 Jan 2026 03:04:05 GMT';
    const first = await app.client.get('/versions/changed');
    expect(first.headers['last-modified']).toBe(lastModified);
    const runs = await runsDuring(async () => {
      const again = await app.client.get('/versions/changed', { 'if-modified-since': lastModified });
      expect([again.status, again.headers['last-modified']]).toEqual([304, lastModified]);
      const head = await app.client.head('/versions/changed', { 'if-modified-since': lastModified });
      expect(head.status).toBe(304);
    });
    expect(runs).toBe(0);
    const later = await app.client.get('/versions/changed', {
      'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT',
    });
    expect(later.status).toBe(200);
  });

  it('get 304 for a body that they have, made anew', async () => {
    const { headers, text } = await app.client.get('/versions/bodies');
    expect(text).toBe('the same body');
    expect(headers['etag']).toMatch(/^W\/"/);
    const runs = await runsDuring(async () => {
      const again = await app.client.get('/versions/bodies', { 'if-none-match': headers['etag'] });
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', headers['etag']]);
      expect(again.headers['content-length'] ?? '0').toBe('0');
    });
    expect(runs).toBe(1);
    expect((await app.client.get('/versions/bodies', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('get streams and empty answers as they are', async () => {
    const file = await app.client.get('/versions/files');
    expect([file.status, file.text]).toEqual([200, 'a file']);
    expect((await app.client.get('/versions/nothing')).status).toBe(204);
  });

  it('fill the cache where there is one, and are answered from it', async () => {
    revisions.set('c', 'r1');
    const runs = await runsDuring(async () => {
      const first = await app.client.get('/versions/cached/c', { 'if-none-match': '"r1"' });
      expect(first.status).toBe(304);
      const full = await app.client.get('/versions/cached/c');
      expect([full.status, full.text, full.headers['etag']]).toEqual([200, 'cached', '"r1"']);
      expect(full.headers['cache-status']).toMatch(HIT);
    });
    expect(runs).toBe(1);
  });
});
