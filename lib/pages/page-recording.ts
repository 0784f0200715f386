import type { ServerResponse } from 'node:http';
import { withCacheStatus } from '../http/cache-status.js';
import { withMaxAge } from '../http/cache-control.js';
import { fieldText, storedFields } from '../http/header-fields.js';
import { isPublic, refusalToStore } from '../http/storability.js';
import { parseVary } from '../http/vary.js';
import type { PagePlan } from './page-plans.js';
import type { PageRequest } from './page-request.js';
import type { CapturedResponse, CaptureListener } from './response-capture.js';

/** What browsers are told of a page that never expires: one year, the longest that HTTP has a use for. */
const FOR_EVER_SECONDS = 31_536_000;

/** Decides on one response whether it becomes a page, says so in its headers, and stores it. */
export class PageRecording implements CaptureListener {
  constructor(
    private readonly plan: PagePlan,
    private readonly request: PageRequest,
  ) {}

  headersReady(response: ServerResponse): boolean {
    const { bodyLimit, lifetime, store } = this.plan;
    const facts = { status: response.statusCode, headers: response.getHeaders() };
    const mayBeStored = refusalToStore(this.request, facts) === undefined;
    const isTooLong = Number(response.getHeader('Content-Length') ?? 0) > bodyLimit;
    const isKept = mayBeStored && !isTooLong && (lifetime === null || lifetime > 0);
    if (mayBeStored) advertise(response, lifetime, store.cache.clock.now());
    const before = fieldText(response.getHeader('Cache-Status'));
    response.setHeader('Cache-Status', withCacheStatus(before, { fwd: 'uri-miss', stored: isKept }));
    return isKept;
  }

  complete({ body, headers, lines, status }: CapturedResponse): void {
    const { lifetime, store } = this.plan;
    const variesOn = parseVary(fieldText(headers['vary']));
    if (variesOn === '*') return;
    const storedAt = store.cache.clock.now();
    const page = {
      status,
      headers: storedFields(lines, fieldText(headers['connection'])),
      body,
      storedAt,
      lifetime: lifetime === null ? null : lifetime / 1000,
      entityTag: fieldText(headers['etag']),
      isPublic: isPublic(headers),
    };
    void store.put(this.request, page, variesOn, lifetime === null ? null : Math.ceil(storedAt + lifetime));
  }
}

/** Tells browsers how long the page is good, without lengthening what the handler said. */
function advertise(response: ServerResponse, lifetime: number | null, now: number): void {
  const seconds = lifetime === null ? FOR_EVER_SECONDS : Math.max(0, Math.floor(lifetime / 1000));
  response.setHeader('Cache-Control', withMaxAge(fieldText(response.getHeader('Cache-Control')), seconds));
  if (!response.hasHeader('Expires'))
    response.setHeader('Expires', new Date(now + seconds * 1000).toUTCString());
}
