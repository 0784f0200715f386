import type { Server } from 'node:http';
import {
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  RequestMethod,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { CacheConfigurationError } from '../../core/errors.js';
import { type Handler, handlersOf } from '../rules/handlers.js';
import type { PagePlans } from '../rules/page-plans.js';
import type { EarlyAnswers } from './early-answers.js';
import { standBefore } from './server-door.js';

/** Puts early answers before the application, once it is known that they may stand there, and takes them away when it ends. */
export class EarlyDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #takeAway: (() => void) | undefined;

  constructor(
    private readonly answers: EarlyAnswers,
    private readonly plans: PagePlans,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  /** By now global guards and versioning are what they will be. */
  onApplicationBootstrap(): void {
    const all = handlersOf(this.modules);
    const handlers = all.filter(
      (each) => isFoundBy(each, ANSWERED) && this.plans.planFor(each.controller, each.handler).page?.early,
    );
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (handlers.length === 0 || !adapter) return;
    for (const each of handlers) this.#assertOpenToAll(each);
    this.answers.answersHead = !all.some((each) => isFoundBy(each, [RequestMethod.HEAD]));
    this.answers.alsoVariesOn = fieldsOfVersions(this.config.getVersioning(), handlers[0]!);
    const server: Server = adapter.getHttpServer();
    this.#takeAway = standBefore(server, (request, response) => this.answers.answer(request, response));
  }

  beforeApplicationShutdown(): void {
    this.#takeAway?.();
    this.#takeAway = undefined;
    this.answers.forget();
  }

  #assertOpenToAll({ controller, handler, name }: Handler): void {
    const { early } = this.plans.planFor(controller, handler).page!;
    const guards = early!.skipsGuards ? [] : this.#guardsOf(controller, handler);
    if (guards.length === 0) return;
    throw new CacheConfigurationError(
      `${nameOf(controller)}.${name}: "early" answers before guards can run, and these guard it: ${guards.join(', ')}. ` +
        'Take "early" away, or say early: { skipGuards: true } if everybody may have the page.',
    );
  }

  #guardsOf(controller: object, handler: object): string[] {
    const own = [controller, handler].flatMap(
      (place) => (Reflect.getMetadata(GUARDS_METADATA, place) as object[] | undefined) ?? [],
    );
    const ofAll = [
      ...this.config.getGlobalGuards(),
      ...this.config.getGlobalRequestGuards().map(({ metatype, name }) => metatype ?? { name }),
    ];
    return [...own.map(nameOf), ...ofAll.map((guard) => `${nameOf(guard)} (global)`)];
  }
}

/** The methods of routes whose pages may be answered early. */
const ANSWERED = [RequestMethod.GET, RequestMethod.ALL];

function isFoundBy({ handler }: Handler, methods: readonly RequestMethod[]): boolean {
  return methods.includes(Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod);
}

function nameOf(thing: object): string {
  const { name } = (typeof thing === 'function' ? thing : thing.constructor) as { readonly name: string };
  return name === 'Object' ? ((thing as { readonly name?: string }).name ?? name) : name;
}

/** The request fields by which routes of one URL are told apart. */
function fieldsOfVersions(
  versioning: VersioningOptions | undefined,
  { controller, name }: Handler,
): string[] {
  switch (versioning?.type) {
    case VersioningType.HEADER:
      return [versioning.header.toLowerCase()];
    case VersioningType.MEDIA_TYPE:
      return ['accept'];
    case VersioningType.CUSTOM:
      throw new CacheConfigurationError(
        `${nameOf(controller)}.${name}: "early" cannot be had with versioning of type CUSTOM, since nobody knows what its extractor looks at. ` +
          'Take "early" away, or choose another type of versioning.',
      );
    default:
      return [];
  }
}
