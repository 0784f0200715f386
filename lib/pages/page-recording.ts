import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { EpochMs } from '../core/clock.js';
import { MAX_DELTA_SECONDS, withMaxAge } from '../http/cache-control.js';
import { withCacheStatus } from '../http/cache-status.js';
import { changedFields, fieldText, removedFields, storedFields } from '../http/header-fields.js';
import { isPublic, refusalToShare, refusalToStore, type ResponseFacts } from '../http/storability.js';
import { parseVary } from '../http/vary.js';
import type { PagePlan } from './page-plans.js';
import type { PageRequest } from './page-request.js';
import type { CapturedResponse, CaptureListener } from './response-capture.js';

/** What browsers are told of a page that never expires: one year, the longest that HTTP has a use for. */
const FOR_EVER_SECONDS = 31_536_000;

/** Decides on one response whether it becomes a page, says so in its headers, and stores it. */
export class PageRecording implements CaptureListener {
  #beganAt: EpochMs = 0;

  /**
   * @param miss why the cache did not answer
   * @param before the headers that were there before the handler ran
   */
  constructor(
    private readonly plan: PagePlan,
    private readonly request: PageRequest,
    private readonly miss: 'uri-miss' | 'vary-miss' | 'bypass',
    private readonly before: OutgoingHttpHeaders,
  ) {}

  headersReady(response: ServerResponse): boolean {
    const { bodyLimit, lifetime, store } = this.plan;
    const isTooLong = Number(response.getHeader('Content-Length') ?? 0) > bodyLimit;
    const isKept = this.headersSent(response) && !isTooLong && (lifetime === null || lifetime > 0);
    this.#beganAt = store.cache.clock.now();
    // Also where it is not stored here: HEAD has the headers of GET, and a page that is too long is as fresh as any.
    if (refusalToShare(this.request, factsOf(response)) === undefined)
      advertise(response, lifetime, this.#beganAt);
    const status = fieldText(response.getHeader('Cache-Status'));
    response.setHeader('Cache-Status', withCacheStatus(status, { fwd: this.miss, stored: isKept }));
    return isKept;
  }

  headersSent(response: ServerResponse): boolean {
    return refusalToStore(this.request, factsOf(response)) === undefined;
  }

  complete({ body, headers, lines, status }: CapturedResponse): void {
    const { lifetime, store } = this.plan;
    const variesOn = parseVary(fieldText(headers['vary']));
    if (variesOn === '*') return;
    const page = {
      status,
      headers: changedFields(storedFields(lines, fieldText(headers['connection'])), this.before),
      removed: removedFields(headers, this.before),
      body,
      storedAt: this.#beganAt,
      lifetime: lifetime === null ? null : lifetime / 1000,
      entityTag: fieldText(headers['etag']),
      isPublic: isPublic(headers),
    };
    const expiresAt = lifetime === null ? null : Math.ceil(this.#beganAt + lifetime);
    if (expiresAt !== null && expiresAt <= store.cache.clock.now()) return;
    void store.put(this.request, page, variesOn, expiresAt);
  }
}

function factsOf(response: ServerResponse): ResponseFacts {
  return { status: response.statusCode, headers: response.getHeaders() };
}

/** Tells browsers how long the page is good, without lengthening what the handler said. */
function advertise(response: ServerResponse, lifetime: number | null, now: number): void {
  const wanted = lifetime === null ? FOR_EVER_SECONDS : Math.max(0, Math.floor(lifetime / 1000));
  const seconds = Math.min(wanted, MAX_DELTA_SECONDS);
  response.setHeader('Cache-Control', withMaxAge(fieldText(response.getHeader('Cache-Control')), seconds));
  if (!response.hasHeader('Expires'))
    response.setHeader('Expires', new Date(now + seconds * 1000).toUTCString());
}
