import type { ServerResponse } from 'node:http';
import { types } from 'node:util';
import { InvalidCacheArgumentError } from '../../core/errors.js';
import { show } from '../../core/show.js';
import { type ConditionOutcome, evaluateConditions, type Validators } from '../../http/conditions.js';
import { toEntityTag } from '../../http/entity-tag.js';
import { formatHttpDate } from '../../http/http-date.js';
import { headerTargetOf } from '../../http/header-target.js';
import type { PlatformRequest } from '../requests/page-request.js';
import { type PlatformReply, silence, takeOver } from '../responses/platform-reply.js';

export type EntityTagFunction = (request: PlatformRequest) => unknown;
export type LastModifiedFunction = (request: PlatformRequest) => unknown;

/** What is known of a resource before its handler runs. */
export interface ConditionFunctions {
  readonly entityTag?: EntityTagFunction | undefined;
  readonly lastModified?: LastModifiedFunction | undefined;
}

/**
 * Asks the functions of `@Etag` and `@LastModified`.
 *
 * @throws {InvalidCacheArgumentError} if one returns what it may not, and whatever it throws
 */
export async function validatorsFor(
  functions: ConditionFunctions,
  request: PlatformRequest,
): Promise<Validators> {
  const entityTag = await functions.entityTag?.(request);
  const lastModified = await functions.lastModified?.(request);
  return { entityTag: entityTagOf(entityTag), lastModified: momentOf(lastModified) };
}

function entityTagOf(version: unknown): string | undefined {
  if (version === undefined || version === null) return undefined;
  if (typeof version === 'string') return toEntityTag(version, 'What the function of @Etag returns');
  throw new InvalidCacheArgumentError(
    `The function of @Etag must return text, or nothing where there is no version; got ${show(version)}.`,
  );
}

function momentOf(change: unknown): number | undefined {
  if (change === undefined || change === null) return undefined;
  const moment = types.isDate(change) ? change.getTime() : change;
  if (typeof moment === 'number' && Number.isFinite(moment)) return moment;
  throw new InvalidCacheArgumentError(
    `The function of @LastModified must return a valid Date, milliseconds since 1970, or nothing; got ${show(change)}.`,
  );
}

/** Tells how a request is to be answered, given what is known of the resource. */
export function outcomeOf(
  { headers, method }: PlatformRequest,
  functions: ConditionFunctions,
  validators: Validators,
): ConditionOutcome {
  // Without @Etag only the handler can tell whether If-Match holds.
  if (headers['if-match'] !== undefined && !functions.entityTag) return 'proceed';
  const isKnown = validators.entityTag !== undefined || validators.lastModified !== undefined;
  const exists = isKnown || !functions.entityTag;
  return evaluateConditions({ method, headers }, exists ? validators : undefined);
}

/** Says the validators ahead of the handler, so that the platform does not make up an `ETag` of its own. */
export function announceValidators(reply: PlatformReply, { entityTag, lastModified }: Validators): void {
  const target = headerTargetOf(reply);
  if (entityTag !== undefined && target.getHeader('ETag') === undefined) target.setHeader('ETag', entityTag);
  if (typeof lastModified === 'number' && target.getHeader('Last-Modified') === undefined)
    target.setHeader('Last-Modified', formatHttpDate(lastModified));
}

/** Takes the validators back where the answer is not the resource, unless the handler has set others. */
export function withdrawValidators(response: ServerResponse, { entityTag, lastModified }: Validators): void {
  if (response.getHeader('ETag') === entityTag) response.removeHeader('ETag');
  if (
    typeof lastModified === 'number' &&
    response.getHeader('Last-Modified') === formatHttpDate(lastModified)
  )
    response.removeHeader('Last-Modified');
}

/** What may have been said of a body that the answer does not have. */
const FIELDS_OF_BODY = ['Content-Type', 'Content-Encoding', 'Content-Length', 'Transfer-Encoding'];

/** Answers 304 instead of the handler. */
export function answerNotModified(reply: PlatformReply): void {
  const response = takeOver(reply);
  makeNotModified(response);
  response.end();
  silence(response);
}

/** Turns an answer whose head has not been sent into 304. */
export function makeNotModified(response: ServerResponse): void {
  response.statusCode = 304;
  for (const name of FIELDS_OF_BODY) response.removeHeader(name);
}
