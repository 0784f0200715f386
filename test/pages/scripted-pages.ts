import { All, Controller, Get, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import { CachePage, CacheRegistry } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  type ApplicationParts,
  type Platform,
  type Reply,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';

export interface ScriptRequest {
  readonly headers: Record<string, string | undefined>;
  readonly url: string;
  readonly originalUrl?: string;
  readonly method: string;
  user?: unknown;
}

/** What a handler does. `run` is 1 at the first run. */
export type Script = (request: ScriptRequest, reply: Reply, run: number) => unknown;

/** A page whose handler is written by the test, at a path of its own. */
export class ScriptedPage {
  runs = 0;

  constructor(
    readonly path: string,
    private readonly script: Script,
  ) {}

  run(request: ScriptRequest, reply: Reply): unknown {
    return this.script(request, reply, ++this.runs);
  }
}

class Scripts {
  readonly #pages = new Map<string, ScriptedPage>();

  add(folder: string, script: Script): ScriptedPage {
    const name = `p${this.#pages.size}`;
    const page = new ScriptedPage(`/${folder}/${name}`, script);
    this.#pages.set(name, page);
    return page;
  }

  run(name: string, request: ScriptRequest, reply: Reply): unknown {
    return this.#pages.get(name)!.run(request, reply);
  }
}

@CachePage(60)
@Controller()
class ScriptedController {
  constructor(@Inject(Scripts) private readonly scripts: Scripts) {}

  @Get('page/:name')
  page(@Param('name') name: string, @Req() request: ScriptRequest, @Res({ passthrough: true }) reply: Reply) {
    return this.scripts.run(name, request, reply);
  }

  @Post('page/:name')
  post(@Param('name') name: string, @Req() request: ScriptRequest, @Res({ passthrough: true }) reply: Reply) {
    return this.scripts.run(name, request, reply);
  }

  @Put('page/:name')
  put(@Param('name') name: string, @Req() request: ScriptRequest, @Res({ passthrough: true }) reply: Reply) {
    return this.scripts.run(name, request, reply);
  }

  /** The handler answers by itself. */
  @Get('own/:name')
  own(@Param('name') name: string, @Req() request: ScriptRequest, @Res() reply: Reply) {
    return this.scripts.run(name, request, reply);
  }

  /** Good for 60 s, for 30 s more while it is computed anew, and for 120 s more if it cannot be. */
  @CachePage({ staleWhileRevalidate: 30, staleIfError: 120 })
  @Get('stale/:name')
  stale(
    @Param('name') name: string,
    @Req() request: ScriptRequest,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return this.scripts.run(name, request, reply);
  }

  /** The same, and the handler answers by itself. */
  @CachePage({ staleWhileRevalidate: 30, staleIfError: 120 })
  @Get('stale-own/:name')
  staleOwn(@Param('name') name: string, @Req() request: ScriptRequest, @Res() reply: Reply) {
    return this.scripts.run(name, request, reply);
  }

  /** Those who have an old page wait for 20 ms. */
  @CachePage({ staleIfError: 120, softTimeoutMs: 20 })
  @Get('soft/:name')
  soft(@Param('name') name: string, @Req() request: ScriptRequest, @Res({ passthrough: true }) reply: Reply) {
    return this.scripts.run(name, request, reply);
  }

  /** The same, found by whatever method. */
  @All('all/:name')
  all(@Param('name') name: string, @Req() request: ScriptRequest, @Res({ passthrough: true }) reply: Reply) {
    return this.scripts.run(name, request, reply);
  }
}

/** An application whose pages, good for 60 s, are written test by test. */
export class ScriptedApplication {
  readonly clock = new FakeClock();
  readonly #scripts = new Scripts();
  #running: RunningApplication | undefined;

  async start(platform: Platform, parts: ApplicationParts = {}): Promise<this> {
    this.#running = await startApplication(platform, {
      clock: this.clock,
      ...parts,
      controllers: [ScriptedController, ...(parts.controllers ?? [])],
      providers: [{ provide: Scripts, useValue: this.#scripts }, ...(parts.providers ?? [])],
    });
    return this;
  }

  get registry(): CacheRegistry {
    return this.#running!.app.get(CacheRegistry);
  }

  get client(): RunningApplication['client'] {
    return this.#running!.client;
  }

  /** A page whose handler returns its answer. */
  page(script: Script): ScriptedPage {
    return this.#scripts.add('page', script);
  }

  /** A page whose handler answers by itself, through the platform's or Node's response. */
  ownPage(script: Script): ScriptedPage {
    return this.#scripts.add('own', script);
  }

  /** A page that may answer when it is stale. */
  stalePage(script: Script, folder: 'stale' | 'stale-own' | 'soft' = 'stale'): ScriptedPage {
    return this.#scripts.add(folder, script);
  }

  /** A page of a handler for all methods. */
  allPage(script: Script): ScriptedPage {
    return this.#scripts.add('all', script);
  }

  async close(): Promise<void> {
    await this.#running?.close();
  }
}

/** What Cache-Status says when the page came from the cache. */
export const HIT = /^nestjs-cache; hit(?:; ttl=-?\d+)?$/;
export const STORED = 'nestjs-cache; fwd=uri-miss; stored';
export const NOT_STORED = 'nestjs-cache; fwd=uri-miss';
