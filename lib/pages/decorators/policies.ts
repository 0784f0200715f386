import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { Logger, PreconditionFailedException } from '@nestjs/common';
import { concatMap, from, mergeMap, type Observable, of } from 'rxjs';
import { messageOf } from '../../core/show.js';
import { patchCacheGroups } from '../../http/cache-groups.js';
import { isUnsafe } from '../../http/unsafe-methods.js';
import type { PlatformRequest } from '../requests/page-request.js';
import type { PageHeaders } from '../rules/pages-options.js';
import { type PlatformReply, rawResponseOf } from '../responses/platform-reply.js';
import { tagsFor } from '../rules/tag-sources.js';
import { beforeHead } from './before-head.js';
import { ConditionalBody } from './conditional-body.js';
import {
  announceValidators,
  answerNotModified,
  outcomeOf,
  validatorsFor,
  withdrawValidators,
} from './conditions.js';
import { HeadPolicies } from './head-policies.js';
import { answerFailure, holdAnswer } from './held-answer.js';
import type { PolicyRule } from './policy-rule.js';

/** Takes everything with these tags out of the caches; rejects if a store did not confirm. */
export type Invalidation = (tags: readonly string[]) => Promise<void>;

const logger = new Logger('CacheModule');

/** What the decorators beside `@CachePage` do around one handler, always in the same order. */
export class Policies {
  readonly #head: HeadPolicies;
  readonly #hasConditions: boolean;

  constructor(
    private readonly rule: PolicyRule,
    private readonly headers: PageHeaders,
    private readonly invalidate: Invalidation,
  ) {
    this.#head = new HeadPolicies(rule, headers);
    this.#hasConditions = rule.entityTag !== undefined || rule.lastModified !== undefined;
  }

  /** Whether a handler can do without. */
  get isEmpty(): boolean {
    const { conditionalPage, invalidates } = this.rule;
    return this.#head.isEmpty && !this.#hasConditions && !conditionalPage && !invalidates;
  }

  /** Returns the handler with the policies around it. They take hold when it is asked to run, inside of the page cache: a hit has them in it. */
  around(context: ExecutionContext, next: CallHandler): CallHandler {
    return { handle: () => this.#handle(context, next) };
  }

  #handle(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const reply = http.getResponse<PlatformReply>();
    const response = rawResponseOf(reply);
    // A guard or middleware has answered.
    if (response.headersSent) return next.handle();
    if (!this.#head.isEmpty) {
      const tags = this.rule.tags ? tagsFor(this.rule.tags, request) : [];
      beforeHead(response, () => this.#head.apply(response, tags));
    }
    if (this.rule.conditionalPage && !this.rule.neverCache) new ConditionalBody(request, response).hold();
    const handler = this.#hasConditions ? this.#checkFirst(request, reply, next) : next.handle();
    return this.rule.invalidates && isUnsafe(request.method)
      ? this.#invalidateAfter(handler, request, reply)
      : handler;
  }

  #checkFirst(request: PlatformRequest, reply: PlatformReply, next: CallHandler): Observable<unknown> {
    return from(validatorsFor(this.rule, request)).pipe(
      mergeMap((validators) => {
        const response = rawResponseOf(reply);
        // While the functions were asked, a time limit may have answered, or the client gone.
        if (response.headersSent) return next.handle();
        const outcome = outcomeOf(request, this.rule, validators);
        if (outcome === 'precondition-failed') throw new PreconditionFailedException();
        if (isUnsafe(request.method)) return next.handle();
        announceValidators(reply, validators);
        if (outcome === 'not-modified') {
          answerNotModified(reply);
          return of(undefined);
        }
        beforeHead(response, () => {
          if (response.statusCode >= 300 && response.statusCode !== 304)
            withdrawValidators(response, validators);
        });
        return next.handle();
      }),
    );
  }

  #invalidateAfter(
    handler: Observable<unknown>,
    request: PlatformRequest,
    reply: PlatformReply,
  ): Observable<unknown> {
    const response = rawResponseOf(reply);
    let invalidation: Promise<void> | undefined;
    const once = (): Promise<void> => (invalidation ??= this.#invalidateFor(request, reply));
    const fail = (error: unknown): void => {
      logger.error(
        `The tags of ${request.method} ${request.originalUrl} were not invalidated: ${messageOf(error)}`,
      );
      answerFailure(response);
    };
    // For handlers that answer by themselves; others return, and Nest answers after that.
    holdAnswer(response, () => (response.statusCode < 400 ? once() : Promise.resolve()), fail);
    return handler.pipe(
      concatMap(async (value) => {
        if (response.statusCode < 400) await once();
        return value;
      }),
    );
  }

  async #invalidateFor(request: PlatformRequest, reply: PlatformReply): Promise<void> {
    const tags = tagsFor(this.rule.invalidates ?? [], request);
    if (tags.length === 0) return;
    await this.invalidate(tags);
    if (this.headers.cacheGroups && !rawResponseOf(reply).headersSent)
      patchCacheGroups(reply, 'Cache-Group-Invalidation', tags);
  }
}
