import { type ClientRequest, get } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pathTag } from '../../lib/pages/requests/path-tag.js';
import type { HttpAnswer } from '../support/http-client.js';
import { platforms, rawOf } from '../support/platforms.js';
import { HIT, NOT_STORED, type Script, ScriptedApplication, STORED } from './scripted-pages.js';
import { until } from './until.js';

const COLLAPSED = 'nestjs-cache; fwd=uri-miss; collapsed';

async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** A door that stays shut until it is opened. */
class Door {
  open = (): void => {};
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

describe.each(platforms)('Requests for a page that is being computed on $name', (platform) => {
  const app = new ScriptedApplication();
  let arrived = 0;
  let isPublicPerson = false;
  beforeAll(() =>
    app.start(platform, {
      prepare: (nest) => {
        nest.use((_request: unknown, _response: unknown, next: () => void) => {
          arrived++;
          next();
        });
      },
    }),
  );
  afterAll(() => app.close());
  beforeEach(() => {
    arrived = 0;
    isPublicPerson = false;
  });

  /** Lets requests get as far as they can: to a handler, or into a wait. */
  const arrivals = async (count: number): Promise<void> => {
    await until(() => arrived >= count);
    await turns();
  };

  const statuses = (answers: readonly HttpAnswer[]): string[] =>
    answers.map(({ headers }) => String(headers['cache-status'])).toSorted();

  /** Handlers that answer only when so many of them run at once: a test that serialises them never ends. */
  const together = (count: number, script: Script): Script => {
    const door = new Door();
    let inside = 0;
    return async (request, reply, run) => {
      if (++inside === count) door.open();
      await door.opened;
      return script(request, reply, run);
    };
  };

  const timesOf = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));

  it('run the handler once for 1,000 of them', async () => {
    const door = new Door();
    const page = app.page(async (_request, _reply, run) => {
      await door.opened;
      return `run ${run}`;
    });
    const asked = timesOf(1000, () => app.client.get(page.path));
    await arrivals(1000);
    door.open();
    const answers = await Promise.all(asked);
    expect(page.runs).toBe(1);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['run 1']));
    expect(statuses(answers)).toEqual([...timesOf(999, () => COLLAPSED), STORED].toSorted());
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  }, 60_000);

  it('get status, headers and bytes of the first', async () => {
    const door = new Door();
    const page = app.ownPage(async (_request, reply) => {
      await door.opened;
      reply.header('X-Own', 'yes');
      reply.send(Buffer.from([0, 255, 1]));
    });
    const asked = [app.client.get(page.path), app.client.get(page.path), app.client.head(page.path)];
    await arrivals(3);
    app.clock.advance(5);
    door.open();
    const [first, second, head] = await Promise.all(asked);
    for (const answer of [second!, head!]) {
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'x-own': 'yes',
        'content-length': '3',
        'cache-control': 'max-age=60',
        etag: first!.headers.etag,
        age: '0',
        'cache-status': COLLAPSED,
      });
    }
    expect([second!.body, head!.body.length, page.runs]).toEqual([first!.body, 0, 1]);
  });

  it('get 304 where they have what comes of it', async () => {
    const door = new Door();
    const page = app.page(async (_request, reply) => {
      await door.opened;
      reply.header('ETag', '"v1"');
      return 'x';
    });
    const asked = [undefined, '"v1"', '"v0"'].map((tag) =>
      app.client.get(page.path, tag === undefined ? {} : { 'if-none-match': tag }),
    );
    await arrivals(3);
    door.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([200, 304, 200]);
    expect(page.runs).toBe(1);
  });

  it.each<[string, Script]>([
    ['sets a cookie', (_request, reply, run) => (reply.header('Set-Cookie', `id=${run}`), `run ${run}`)],
    ['is private', (_request, reply, run) => (reply.header('Cache-Control', 'private'), `run ${run}`)],
    ['varies on everything', (_request, reply, run) => (reply.header('Vary', '*'), `run ${run}`)],
    ['is an error', (_request, reply, run) => (reply.status(503), `run ${run}`)],
    ['is too long', (_request, _reply, run) => `run ${run}${' '.repeat(1024 ** 2)}`],
  ])('compute each its own, all at once, where the page %s', async (_name, script) => {
    const crowd = 30;
    const door = new Door();
    const atOnce = together(crowd - 1, script);
    const page = app.page(async (request, reply, run) => {
      if (run > 1) return atOnce(request, reply, run);
      await door.opened;
      return script(request, reply, run);
    });
    const asked = timesOf(crowd, () => app.client.get(page.path));
    await arrivals(crowd);
    expect(page.runs).toBe(1);
    door.open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ text }) => text.trim())).size).toBe(crowd);
    const cookies = answers.map(({ headers, text }) => [text, headers['set-cookie']?.[0]]);
    for (const [text, cookie] of cookies) if (cookie) expect(`run ${cookie.slice(3)}`).toBe(text);
    expect(new Set(statuses(answers))).toEqual(new Set([NOT_STORED]));
  });

  it('compute each its own where the handler throws', async () => {
    const door = new Door();
    const atOnce = together(2, () => {
      throw new Error('broken');
    });
    const page = app.page(async (request, reply, run) => {
      if (run > 1) return atOnce(request, reply, run);
      await door.opened;
      throw new Error('broken');
    });
    const asked = timesOf(3, () => app.client.get(page.path));
    await arrivals(3);
    door.open();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([500, 500, 500]);
    expect(page.runs).toBe(3);
  });

  it('do not wait for each other for some seconds after an answer that was for one alone', async () => {
    let isOwn = true;
    let script: Script = (_request, reply, run) => {
      if (isOwn) reply.header('Set-Cookie', `id=${run}`);
      return `run ${run}`;
    };
    const page = app.page((request, reply, run) => script(request, reply, run));
    const plain = script;
    await app.client.get(page.path);
    script = together(2, plain);
    await Promise.all([app.client.get(page.path), app.client.get(page.path)]);
    app.clock.advance(10);
    isOwn = false;
    const door = new Door();
    script = async (request, reply, run) => {
      await door.opened;
      return plain(request, reply, run);
    };
    arrived = 0;
    const asked = timesOf(5, () => app.client.get(page.path));
    await arrivals(5);
    door.open();
    expect(new Set((await Promise.all(asked)).map(({ text }) => text))).toEqual(new Set(['run 4']));
  });

  it('are served by the next where the first hangs up', async () => {
    const doors = [new Door(), new Door()];
    const page = app.page(async (_request, _reply, run) => {
      await doors[run - 1]!.opened;
      return `run ${run}`;
    });
    const port = app.client.port;
    const hangsUp = (): ClientRequest =>
      get({ port, host: '127.0.0.1', path: page.path, agent: false }).on('error', () => {});
    const first = hangsUp();
    await arrivals(1);
    const head = app.client.head(page.path);
    const goneMeanwhile = hangsUp();
    await arrivals(3);
    goneMeanwhile.destroy();
    await turns(20);
    const asked = timesOf(5, () => app.client.get(page.path));
    await arrivals(8);
    expect(page.runs).toBe(1);
    first.destroy();
    await until(() => page.runs === 2);
    doors[1]!.open();
    const answers = await Promise.all([...asked, head]);
    expect(answers.map(({ text }) => text)).toEqual([...timesOf(5, () => 'run 2'), '']);
    doors[0]!.open();
    await turns(20);
    expect((await app.client.get(page.path)).text).toBe('run 2');
    expect(page.runs).toBe(2);
  });

  it('do not wait for a HEAD', async () => {
    const page = app.page(together(2, ({ method }) => method));
    const asked = [app.client.head(page.path), app.client.get(page.path)];
    const [head, got] = await Promise.all(asked);
    expect([head!.status, got!.text, page.runs]).toEqual([200, 'GET', 2]);
  });

  it('get the variant that is theirs', async () => {
    const door = new Door();
    const page = app.page(async ({ headers }, reply) => {
      await door.opened;
      reply.header('Vary', 'X-Colour');
      return `in ${headers['x-colour']}`;
    });
    const colours = timesOf(30, (index) => ['red', 'green', 'blue'][index % 3]!);
    const asked = colours.map((colour) => app.client.get(page.path, { 'x-colour': colour }));
    await arrivals(30);
    expect(page.runs).toBe(1);
    door.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ text }) => text)).toEqual(colours.map((colour) => `in ${colour}`));
    expect(page.runs).toBe(3);
    app.clock.advance(61);
    // Now it is known what the page varies on, so that each variant has a flight from the start.
    await Promise.all(colours.map((colour) => app.client.get(page.path, { 'x-colour': colour })));
    expect(page.runs).toBe(6);
  });

  it('with a credential wait for nobody, and get only their own', async () => {
    const page = app.page(together(3, ({ headers }) => `for ${headers['authorization']}`));
    const names = [undefined, 'Ann', 'Ben'];
    const answers = await Promise.all(
      names.map((name) => app.client.get(page.path, name === undefined ? {} : { authorization: name })),
    );
    expect(answers.map(({ text }) => text)).toEqual(names.map((name) => `for ${name}`));
  });

  it('with a credential share a page that was for everybody', async () => {
    let door = new Door();
    const page = app.page(async ({ headers }, reply, run) => {
      await door.opened;
      if (run === 1 || isPublicPerson) reply.header('Cache-Control', 'public');
      return `run ${run} for ${headers['authorization']}`;
    });
    door.open();
    await app.client.get(page.path, { authorization: 'Ann' });
    app.clock.advance(61);
    door = new Door();
    isPublicPerson = true;
    arrived = 0;
    const asked = ['Ann', 'Ben', undefined, 'Cid'].map((name) =>
      app.client.get(page.path, name === undefined ? {} : { authorization: name }),
    );
    await arrivals(4);
    expect(page.runs).toBe(2);
    door.open();
    await Promise.all(asked);
    expect(page.runs).toBe(2);
  });

  it('never get what turns out to be for the one who asked first', async () => {
    let door = new Door();
    const page = app.page(async ({ headers }, reply, run) => {
      await door.opened;
      if (run === 1) reply.header('Cache-Control', 'public');
      return `for ${headers['authorization']}`;
    });
    door.open();
    await app.client.get(page.path, { authorization: 'Ann' });
    app.clock.advance(61);
    door = new Door();
    arrived = 0;
    const names = ['Ann', 'Ben', undefined, 'Cid', undefined];
    const asked: Promise<HttpAnswer>[] = [];
    for (const name of names) {
      asked.push(app.client.get(page.path, name === undefined ? {} : { authorization: name }));
      await arrivals(asked.length);
    }
    expect(page.runs).toBe(2);
    door.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ text }) => text)).toEqual(names.map((name) => `for ${name}`));
    // Ann, Ben and Cid, and one of those who show nothing.
    expect(page.runs).toBe(5);
  });

  it('get nothing older than an invalidation that came before them', async () => {
    const doors = [new Door(), new Door()];
    const page = app.page(async (_request, _reply, run) => {
      await doors[run - 1]!.opened;
      return `run ${run}`;
    });
    const first = app.client.get(page.path);
    await arrivals(1);
    await app.registry.get('default').invalidateTags([pathTag(page.path)]);
    const others = timesOf(4, () => app.client.get(page.path));
    await arrivals(5);
    doors[0]!.open();
    expect((await first).text).toBe('run 1');
    await until(() => page.runs === 2);
    doors[1]!.open();
    for (const { text } of await Promise.all(others)) expect(text).toBe('run 2');
    const later = await app.client.get(page.path);
    expect([later.text, page.runs]).toEqual(['run 2', 2]);
  });

  it('are all answered where every page is invalidated before it is done', async () => {
    const page = app.page(async (_request, _reply, run) => {
      await app.registry.get('default').invalidateTags([pathTag(page.path)]);
      return `run ${run}`;
    });
    const answers = await Promise.all(timesOf(20, () => app.client.get(page.path)));
    expect(answers.map(({ status }) => status)).toEqual(timesOf(20, () => 200));
  });

  it('go on where the first one answers, but never returns', async () => {
    const door = new Door();
    const never = new Door();
    const page = app.ownPage(async (_request, reply, run) => {
      await door.opened;
      rawOf(reply).end(`run ${run}`);
      if (run === 1) await never.opened;
    });
    const asked = timesOf(3, () => app.client.get(page.path));
    await arrivals(3);
    door.open();
    expect((await Promise.all(asked)).map(({ text }) => text).toSorted()).toEqual([
      'run 1',
      'run 2',
      'run 3',
    ]);
    never.open();
  });
});
