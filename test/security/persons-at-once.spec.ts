import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Param,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { OutgoingHttpHeaders } from 'node:http';
import { CachePage } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptedPage, type ScriptRequest } from '../pages/scripted-pages.js';

/** Time enough for the others to arrive and to wait. */
async function meanwhile(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
}

class SignIn implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ScriptRequest>();
    await meanwhile(Number(request.headers['x-slow'] ?? 0));
    const name = request.headers['x-name'];
    if (name !== undefined) request.user = { name };
    return true;
  }
}

@Controller('guarded')
@UseGuards(SignIn)
class GuardedController {
  @CachePage(60)
  @Get(':id')
  async greet(@Req() { user }: ScriptRequest, @Param('id') id: string): Promise<string> {
    await meanwhile();
    return `${id}: hello ${(user as { name?: string } | undefined)?.name ?? 'stranger'}`;
  }
}

const NAMES = ['ann', 'bob', 'cyd', undefined, 'ann', 'dan', undefined, 'eve'];

describe.each(platforms)('Persons who ask at once for a cold page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [GuardedController] }));
  afterAll(() => app.close());

  /** Asks as all of them, several times over, and returns what each got. */
  const askAs = async (
    path: string,
    headersOf: (name: string) => OutgoingHttpHeaders,
    times = 4,
  ): Promise<[string | undefined, string][]> => {
    const names = Array.from({ length: times }, () => NAMES).flat();
    return Promise.all(
      names.map(async (name) => {
        const { text } = await app.client.get(path, name === undefined ? {} : headersOf(name));
        return [name, text] as [string | undefined, string];
      }),
    );
  };

  const expectsOwn = (answers: readonly [string | undefined, string][]): void => {
    for (const [name, text] of answers) expect(text).toContain(`hello ${name ?? 'stranger'}`);
  };

  const slow = (name: string, extra: (page: { run: number }) => string = () => ''): ScriptedPage =>
    app.page(async ({ headers }, _reply, run) => {
      await meanwhile();
      return `hello ${headers[name] ?? 'stranger'}${extra({ run })}`;
    });

  it('with Authorization get their own', async () => {
    const page = slow('authorization');
    expectsOwn(await askAs(page.path, (authorization) => ({ authorization })));
    expectsOwn(await askAs(page.path, (authorization) => ({ authorization })));
  });

  it('with an empty Authorization get their own, too', async () => {
    const page = app.page(({ headers }) => `<${headers['authorization'] ?? 'none'}>`);
    expect((await app.client.get(page.path, { authorization: '' })).text).toBe('<>');
    expect((await app.client.get(page.path)).text).toBe('<none>');
  });

  it('whom a guard signs in get their own', async () => {
    for (const id of ['1', '2', '1'])
      expectsOwn(await askAs(`/guarded/${id}`, (name) => ({ 'x-name': name })));
  });

  it('whom a guard signs in slowly get their own', async () => {
    expectsOwn(
      await askAs('/guarded/slow', (name) => ({ 'x-name': name, 'x-slow': String(name.length * 7) })),
    );
  });

  it('whom the handler finds out get their own', async () => {
    const page = app.page(async (request) => {
      await meanwhile();
      const name = request.headers['x-name'];
      if (name !== undefined) request.user = { name };
      return `hello ${name ?? 'stranger'}`;
    });
    // Strangers before and after: the page of one of them may be stored, and is for strangers alone.
    const signedIn = NAMES.filter((name) => name !== undefined);
    const answers = await Promise.all(
      signedIn.map(
        async (name) => [name, (await app.client.get(page.path, { 'x-name': name })).text] as const,
      ),
    );
    for (const [name, text] of answers) expect(text).toBe(`hello ${name}`);
    expect((await app.client.get(page.path)).text).toBe('hello stranger');
  });

  it.each(['', 'Cookie'])('with cookies get their own, with "Vary: %s"', async (vary) => {
    const page = app.page(async ({ headers }, reply) => {
      await meanwhile();
      if (vary !== '') reply.header('Vary', vary);
      return `hello ${headers['cookie'] ?? 'stranger'}`;
    });
    expectsOwn(await askAs(page.path, (cookie) => ({ cookie })));
    expectsOwn(await askAs(page.path, (cookie) => ({ cookie })));
  });

  it('who are given cookies get each another', async () => {
    const page = app.page(async (_request, reply, run) => {
      await meanwhile();
      reply.header('Set-Cookie', `sid=${run}; HttpOnly`);
      return `session ${run}`;
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.client.get(page.path)));
    const cookies = answers.map(({ headers }) => headers['set-cookie']?.[0]);
    expect(new Set(cookies).size).toBe(50);
    for (const { headers, text } of answers)
      expect(headers['set-cookie']).toEqual([`sid=${text.slice('session '.length)}; HttpOnly`]);
  });

  it.each(['private', 'no-store', 'no-cache'])('get each their own of a page that says %s', async (said) => {
    const page = app.page(async (_request, reply, run) => {
      await meanwhile();
      reply.header('Cache-Control', said);
      return `run ${run}`;
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.client.get(page.path)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(20);
  });

  it('in languages get theirs, though nobody knows yet that the page varies', async () => {
    const page = app.page(async ({ headers }, reply) => {
      await meanwhile();
      reply.header('Vary', 'Accept-Language');
      return `hello ${headers['accept-language'] ?? 'stranger'}`;
    });
    expectsOwn(await askAs(page.path, (language) => ({ 'accept-language': language })));
    expectsOwn(await askAs(page.path, (language) => ({ 'accept-language': language })));
  });

  it('mixed in all these ways get their own, also where some may share', async () => {
    const page = app.page(async ({ headers }, reply) => {
      await meanwhile();
      const name = headers['authorization'];
      if (name === 'bob') reply.header('Set-Cookie', 'sid=bob');
      if (name === undefined) reply.header('Cache-Control', 'public');
      reply.header('Vary', 'Accept-Language');
      return `hello ${name ?? 'stranger'} in ${headers['accept-language'] ?? 'none'}`;
    });
    const questions = Array.from({ length: 60 }, (_, index) => ({
      name: NAMES[index % NAMES.length],
      language: ['fr', 'de', undefined][index % 3],
    }));
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(
        questions.map(async ({ language, name }) => {
          const { headers, text } = await app.client.get(page.path, {
            ...(name !== undefined && { authorization: name }),
            ...(language !== undefined && { 'accept-language': language }),
          });
          return { name, language, text, cookie: headers['set-cookie']?.[0] };
        }),
      );
      for (const { cookie, language, name, text } of answers) {
        // A page that says public may answer persons, as it says itself.
        const isShared = text === `hello stranger in ${language ?? 'none'}`;
        if (!isShared) expect(text).toBe(`hello ${name ?? 'stranger'} in ${language ?? 'none'}`);
        expect(cookie).toBe(text.startsWith('hello bob') ? 'sid=bob' : undefined);
      }
    }
  });

  it('and whose leader hangs up still get an answer of their own kind', async () => {
    const page = app.ownPage(async ({ headers }, reply) => {
      const { raw = reply } = reply as unknown as { raw?: typeof reply };
      const response = raw as unknown as { write(text: string): void; end(text: string): void };
      response.write('hello ');
      await meanwhile(60);
      response.end(headers['authorization'] ?? 'stranger');
    });
    const leader = app.client.hangUp(page.path);
    const others = askAs(page.path, (authorization) => ({ authorization }), 2);
    await leader;
    expectsOwn(await others);
  });
});
