import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, StreamableFile } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { type Observable, switchMap } from 'rxjs';
import { type Platform, platforms, rawOf } from '../support/platforms.js';
import { type Script, ScriptedApplication, type ScriptRequest } from './scripted-pages.js';

interface NodeRequest extends ScriptRequest {
  readonly rawHeaders: string[];
  readonly headersDistinct: Record<string, string[] | undefined>;
  session?: { name?: string | undefined };
}

let app: ScriptedApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const nodeRequestOf = (request: ScriptRequest): NodeRequest =>
  (request as ScriptRequest & { raw?: NodeRequest }).raw ?? (request as NodeRequest);
const turn = (): Promise<unknown> => new Promise(setImmediate);

async function* words(request: ScriptRequest, first: string): AsyncGenerator<Buffer> {
  if (first) yield Buffer.from(first);
  await turn();
  yield Buffer.from(`hello ${request.headers['cookie']}`);
}

const stream = (request: ScriptRequest, first: string): StreamableFile =>
  new StreamableFile(Readable.from(words(request, first)), { type: 'text/plain' });

function freezeHeaders(nest: INestApplication, platform: Platform): void {
  if (platform.name === 'Express') {
    nest.use((request: ScriptRequest, _response: unknown, next: () => void) => {
      Object.freeze(request.headers);
      next();
    });
    return;
  }
  const instance: { addHook(name: string, hook: (request: ScriptRequest) => Promise<void>): void } = nest
    .getHttpAdapter()
    .getInstance();
  instance.addHook('onRequest', async (request) => void Object.freeze(nodeRequestOf(request).headers));
}

describe.each(platforms)('A late or hidden look at cookies on $name', (platform) => {
  /** Nobody gets what was made of the cookie of somebody else, stored or not. */
  const expectOwn = async (path: string): Promise<void> => {
    for (const name of ['ann', 'bob', 'ann']) {
      const { text } = await app!.client.get(path, { cookie: `sid=${name}` });
      expect(text).toContain(`hello sid=${name}`);
    }
  };

  it.each<[string, Script]>([
    ['a stream, before its first part', (request) => stream(request, '')],
    ['a stream, after its first part', (request) => stream(request, 'first, ')],
    [
      'the raw headers',
      (request) => `hello ${nodeRequestOf(request).rawHeaders.find((each) => each.startsWith('sid='))}`,
    ],
    ['the distinct headers', (request) => `hello ${nodeRequestOf(request).headersDistinct['cookie']?.[0]}`],
  ])('keeps a page from others: by %s', async (_how, script) => {
    app = await new ScriptedApplication().start(platform);
    await expectOwn(app.page(script).path);
  });

  it.each<[string, Script]>([
    [
      'after the head has gone',
      async ({ headers }, reply) => {
        rawOf(reply).write('first, ');
        await turn();
        rawOf(reply).end(`hello ${headers['cookie']}`);
      },
    ],
    [
      'after the handler has returned',
      ({ headers }, reply) => void setImmediate(() => reply.send(`hello ${headers['cookie']}`)),
    ],
    [
      'after the handler has returned, into Node’s response',
      ({ headers }, reply) => void setImmediate(() => rawOf(reply).end(`hello ${headers['cookie']}`)),
    ],
  ])('keeps an answer of the handler’s own from others: %s', async (_when, script) => {
    app = await new ScriptedApplication().start(platform);
    await expectOwn(app.ownPage(script).path);
  });

  it('keeps a page from others: by an interceptor around it that takes its time', async () => {
    const outer = {
      intercept: (
        context: { switchToHttp(): { getRequest(): ScriptRequest } },
        next: { handle(): Observable<string> },
      ) =>
        next.handle().pipe(
          switchMap(async (value) => {
            await turn();
            return `${value} ${context.switchToHttp().getRequest().headers['cookie']}`;
          }),
        ),
    };
    app = await new ScriptedApplication().start(platform, {
      providers: [{ provide: APP_INTERCEPTOR, useValue: outer }],
    });
    await expectOwn(app.page(() => 'hello').path);
  });

  it('keeps a page from others: by a session that middleware has put on Node’s request', async () => {
    app = await new ScriptedApplication().start(platform, {
      prepare: (nest) =>
        nest.use((request: NodeRequest, _response: unknown, next: () => void) => {
          request.session = { name: request.headers['cookie'] };
          next();
        }),
    });
    await expectOwn(app.page((request) => `hello ${nodeRequestOf(request).session?.name}`).path);
  });

  it.each<[string, Record<string, string>]>([
    ['without cookies', {}],
    ['with a condition', { cookie: 'sid=ann', 'if-none-match': '"x"' }],
  ])('does not fail where middleware has frozen the headers: %s', async (_what, headers) => {
    app = await new ScriptedApplication().start(platform, {
      prepare: (nest) => freezeHeaders(nest, platform),
    });
    const page = app.page(() => 'hello');
    const { status, text } = await app.client.get(page.path, headers);
    expect([status, text]).toEqual([200, 'hello']);
  });

  it('lets the setter of a prototype have what the handler writes', async () => {
    const writes: unknown[] = [];
    app = await new ScriptedApplication().start(platform, {
      prepare: (nest) =>
        nest.use((request: NodeRequest, _response: unknown, next: () => void) => {
          const accessor = {
            configurable: true,
            get: () => ({}),
            set: (value: unknown) => writes.push(value),
          };
          const prototype = Object.create(Object.getPrototypeOf(request) as object, {
            session: accessor,
          }) as object;
          Object.setPrototypeOf(request, prototype);
          next();
        }),
    });
    const page = app.page((request) => {
      nodeRequestOf(request).session = { name: 'new' };
      return 'hello';
    });
    expect((await app.client.get(page.path)).text).toBe('hello');
    expect(writes).toEqual([{ name: 'new' }]);
  });

  it('is none if only a session store looks, when the answer ends', async () => {
    app = await new ScriptedApplication().start(platform, {
      prepare: (nest) =>
        nest.use((request: NodeRequest, reply: unknown, next: () => void) => {
          const response = rawOf(reply);
          const end = response.end.bind(response) as (...given: unknown[]) => typeof response;
          request.session = {};
          response.end = ((...given: unknown[]) => {
            if (request.session) request.session.name = 'touched';
            return end(...given);
          }) as typeof response.end;
          next();
        }),
    });
    const page = app.page(() => 'hello');
    for (const name of ['ann', 'bob']) {
      const { headers, text } = await app.client.get(page.path, { cookie: `sid=${name}` });
      expect([text, headers.vary]).toEqual(['hello', undefined]);
    }
    expect(page.runs).toBe(1);
  });

  it('keeps a stream that says Vary: Cookie itself, for each visitor', async () => {
    app = await new ScriptedApplication().start(platform);
    const page = app.page((request, reply) => {
      reply.header('Vary', 'Cookie');
      return stream(request, 'first, ');
    });
    for (let round = 0; round < 2; round++) await expectOwn(page.path);
    expect(page.runs).toBe(2);
  });
});
