import type { OutgoingHttpHeaders } from 'node:http';
import {
  All,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Inject,
  Param,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { CachePage, type StandardsOptions } from '../../../lib/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import type { HttpAnswer } from '../../support/http-client.js';
import {
  type ApplicationParts,
  type Platform,
  rawOf,
  type Reply,
  type RunningApplication,
  startApplication,
} from '../../support/platforms.js';

/** What a handler is asked, as it sees it. */
export interface Question {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export type Fields = Record<string, string | string[] | undefined>;

/** What a handler answers, and nothing beside it. */
export interface Said {
  readonly status?: number;
  readonly fields?: Fields;
  readonly body?: string;
}

/** An answer, or undefined from one that has written it itself. */
export type Origin = (question: Question, run: number, reply: Reply) => Said | void | Promise<Said | void>;

/** The ways in which `standards` is set. */
export type Way = 'plain' | 'open' | 'guessing' | 'strict' | 'early';

const ways: Record<Way, true | StandardsOptions> = {
  plain: true,
  open: { obeyRequests: true, storeSetCookie: true },
  guessing: { heuristics: true },
  strict: { serveStaleOnFailure: false, keepStale: '1h' },
  early: { targets: ['House-Cache-Control'] },
};

export class StandardsPage {
  /** What the handler was asked, run by run. */
  readonly questions: Question[] = [];

  constructor(
    readonly path: string,
    private readonly origin: Origin,
  ) {}

  get runs(): number {
    return this.questions.length;
  }

  async run(request: Question, reply: Reply): Promise<void> {
    this.questions.push({ method: request.method, headers: { ...request.headers } });
    const said = await this.origin(request, this.runs, reply);
    if (!said) return;
    const response = rawOf(reply);
    const fields = Object.entries(said.fields ?? {}).filter(([, value]) => value !== undefined);
    response.writeHead(said.status ?? 200, Object.fromEntries(fields) as OutgoingHttpHeaders);
    response.end(request.method === 'HEAD' ? undefined : said.body);
  }
}

class Origins {
  readonly #pages = new Map<string, StandardsPage>();

  add(way: Way, origin: Origin, name = `p${this.#pages.size}`): StandardsPage {
    const page = new StandardsPage(`/${way}/${name}`, origin);
    this.#pages.set(name, page);
    return page;
  }

  async run(name: string, request: Question, reply: Reply): Promise<void> {
    await this.#pages.get(name)!.run(request, reply);
  }
}

/** Knows whoever gives a name. */
class Introduction implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Question & { user?: unknown }>();
    const name = request.headers['x-user'];
    if (name !== undefined) request.user = { name };
    return true;
  }
}

function controllerFor(way: Way): new (...given: never[]) => object {
  @UseGuards(Introduction)
  @CachePage({ standards: ways[way], bodyLimit: '1kb' })
  @Controller(way)
  class StandardsController {
    constructor(@Inject(Origins) private readonly origins: Origins) {}

    @All(':name')
    async run(@Param('name') name: string, @Req() request: Question, @Res() reply: Reply): Promise<void> {
      await this.origins.run(name, request, reply);
    }
  }
  return StandardsController;
}

/** An application whose handlers are servers that a shared cache stands in front of. */
export class StandardsApplication {
  #running: RunningApplication | undefined;
  readonly #origins = new Origins();

  constructor(readonly clock = new FakeClock()) {}

  async start(platform: Platform, parts: ApplicationParts = {}): Promise<this> {
    this.#running = await startApplication(platform, {
      clock: this.clock,
      ...parts,
      controllers: [
        ...(Object.keys(ways) as Way[]).map((way) => controllerFor(way)),
        ...(parts.controllers ?? []),
      ],
      providers: [Introduction, { provide: Origins, useValue: this.#origins }, ...(parts.providers ?? [])],
    });
    return this;
  }

  get client(): RunningApplication['client'] {
    return this.#running!.client;
  }

  get running(): RunningApplication {
    return this.#running!;
  }

  page(origin: Origin, way: Way = 'plain', name?: string): StandardsPage {
    return this.#origins.add(way, origin, name);
  }

  /** A page that says the number of its run, with these fields. */
  counting(fields: Fields, way: Way = 'plain'): StandardsPage {
    return this.page((_question, run) => ({ fields, body: `run ${run}` }), way);
  }

  get({ path }: StandardsPage, headers: Fields = {}): Promise<HttpAnswer> {
    return this.client.get(path, headers);
  }

  async textOf(page: StandardsPage, headers: Fields = {}): Promise<string> {
    return (await this.get(page, headers)).text;
  }

  /** What two visitors get, the second of them these seconds after the first. */
  async twice(page: StandardsPage, seconds = 0, headers: Fields = {}): Promise<[string, string]> {
    const first = await this.textOf(page, headers);
    this.clock.advance(seconds);
    return [first, await this.textOf(page, headers)];
  }

  /** A moment these seconds from now, as a field has it. */
  date(seconds = 0): string {
    return new Date(this.clock.now() + seconds * 1000).toUTCString();
  }

  async close(): Promise<void> {
    await this.#running?.close();
  }
}

/** What Cache-Status says of an answer from the store. */
export const HIT = /^nestjs-cache; hit; ttl=-?\d+$/;

/** What a page says that may be used again, and what it is when it was. */
export const USED: [string, string] = ['run 1', 'run 1'];
export const ASKED: [string, string] = ['run 1', 'run 2'];
