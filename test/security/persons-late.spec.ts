import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type NestInterceptor,
  NotFoundException,
  Req,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { CachePage } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';

const requestOf = (context: ExecutionContext): ScriptRequest =>
  context.switchToHttp().getRequest<ScriptRequest>();

const nameOf = ({ user }: ScriptRequest): string => (user as { name?: string } | null)?.name ?? 'stranger';

/** As sessions do, long before the cache. */
class SignIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const name = request.headers['x-name'];
    if (name !== undefined) request.user = { name };
    return true;
  }
}

/** Finds the visitor between the cache and the handler. */
class SignInBehind implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    const name = request.headers['x-name'];
    if (name !== undefined) request.user = { name };
    return next.handle();
  }
}

/** Finds the visitor when the handler is done, and puts the name on the page. */
class SignInAfter implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    return next.handle().pipe(
      map((text) => {
        const name = request.headers['x-name'];
        if (name !== undefined) request.user = { name };
        return `${String(text)} ${nameOf(request)}`;
      }),
    );
  }
}

@CachePage(60, { negative: '60s' })
@Controller('late')
class LateController {
  @UseInterceptors(SignInBehind)
  @Get('behind')
  behind(@Req() request: ScriptRequest): string {
    return `hello ${nameOf(request)}`;
  }

  @UseInterceptors(SignInAfter)
  @Get('after')
  after(): string {
    return 'hello';
  }

  /** Says goodbye by name, and knows the visitor no more. */
  @UseGuards(SignIn)
  @Get('sign-out')
  signOut(@Req() request: ScriptRequest): string {
    const name = nameOf(request);
    request.user = null;
    return `hello ${name}`;
  }

  /** Takes the credential off before it asks somebody else, as gateways do. */
  @Get('gateway')
  gateway(@Req() { headers }: ScriptRequest): string {
    const name = headers['authorization'] ?? 'stranger';
    delete headers['authorization'];
    return `hello ${name}`;
  }

  @UseGuards(SignIn)
  @Get('hidden')
  hidden(@Req() request: ScriptRequest): string {
    if (request.user !== undefined) throw new NotFoundException(`nothing here for ${nameOf(request)}`);
    return 'hello stranger';
  }
}

describe.each(platforms)('Who is known late, or no more, on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [LateController] }));
  afterAll(() => app.close());

  const paths: [string, string][] = [
    ['behind', 'x-name'],
    ['after', 'x-name'],
    ['sign-out', 'x-name'],
    ['gateway', 'authorization'],
  ];

  it.each(paths)('leaves no page of his to others (%s)', async (path, name) => {
    for (const person of ['ann', 'bob'])
      expect((await app.client.get(`/late/${path}`, { [name]: person })).text).toBe(`hello ${person}`);
    expect((await app.client.get(`/late/${path}`)).text).toBe('hello stranger');
  });

  it.each(paths)('leaves no page of his to others who ask at the same time (%s)', async (path, name) => {
    const persons = Array.from({ length: 30 }, (_, index) => ['ann', 'bob', 'cyd'][index % 3]!);
    const answers = await Promise.all(
      persons.map((person) => app.client.get(`/late/${path}?at-once`, { [name]: person })),
    );
    expect(answers.map(({ text }) => text)).toEqual(persons.map((person) => `hello ${person}`));
    expect((await app.client.get(`/late/${path}?at-once`)).text).toBe('hello stranger');
  });

  it('makes a page that is hidden from him missing for nobody else', async () => {
    for (let count = 0; count < 2; count++) {
      expect((await app.client.get('/late/hidden', { 'x-name': 'ann' })).status).toBe(404);
      const answer = await app.client.get('/late/hidden');
      expect([answer.status, answer.text]).toEqual([200, 'hello stranger']);
    }
  });
});

describe.each(platforms)('Headers that a handler on $name changes', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  it.each<[string, (headers: Record<string, string | undefined>) => void]>([
    ['takes away', (headers) => void delete headers['x-team']],
    ['replaces', (headers) => void (headers['x-team'] = 'blue')],
  ])('are the key of the page as the client sent them: one that it %s', async (_name, change) => {
    const page = app.page(({ headers }, reply) => {
      const team = headers['x-team'];
      reply.header('Vary', 'X-Team');
      change(headers);
      return `team ${team}`;
    });
    for (let round = 0; round < 2; round++) {
      for (const team of ['red', 'blue', 'green'])
        expect((await app.client.get(page.path, { 'x-team': team })).text).toBe(`team ${team}`);
      expect((await app.client.get(page.path)).text).toBe('team undefined');
    }
  });
});
