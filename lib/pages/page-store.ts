import { hash } from 'node:crypto';
import type { CacheView } from '../cache/cache-view.js';
import type { EpochMs } from '../core/clock.js';
import { CacheClosedError } from '../core/errors.js';
import { selectingValues } from '../http/vary.js';
import { isVaryIndex, type Page, type PageEntry } from './page.js';
import type { PageRequest } from './page-request.js';

/** Why there is no page, in the words of RFC 9211: none for the URL, or none for these request headers. */
export type Miss = 'uri-miss' | 'vary-miss';

/**
 * The pages of one cache. A URL has an address; there lies its page, or, if its responses vary, the list of request headers that lead
 * to the addresses of its variants. The list only grows: once a URL has varied on a header, a response that does not mention
 * it is still kept apart by it, so that what was made for one value is never shown to another.
 */
export class PageStore {
  /** Pages on their way into the store, by address: who asks meanwhile waits for them, not for a second computation. */
  readonly #arriving = new Map<string, Promise<void>>();

  constructor(
    readonly cache: CacheView<PageEntry>,
    private readonly keyPrefix: string,
  ) {}

  /** Returns the page for a request, or why there is none. */
  async find(request: PageRequest): Promise<Page | Miss> {
    const address = this.#addressOf(request.target);
    const arriving = this.#arriving.get(address);
    if (arriving) await arriving;
    const found = await this.#look(address, request);
    this.cache.count(typeof found === 'string' ? 'miss' : 'hit');
    return found;
  }

  async #look(address: string, request: PageRequest): Promise<Page | Miss> {
    try {
      const entry = await this.cache.get(address);
      if (!entry) return 'uri-miss';
      if (!isVaryIndex(entry)) return entry;
      const variant = await this.cache.get(this.#variantAddressOf(request, entry.variesOn));
      return variant && !isVaryIndex(variant) ? variant : 'vary-miss';
    } catch (error) {
      // The application shuts down; what it is still asked for is answered.
      if (error instanceof CacheClosedError) return 'uri-miss';
      throw error;
    }
  }

  /** Stores the page for a request whose response varies on these headers. Never rejects: the client has its answer. */
  async put(
    request: PageRequest,
    page: Page,
    variesOn: readonly string[],
    expiresAt: EpochMs | null,
  ): Promise<void> {
    const address = this.#addressOf(request.target);
    const previous = this.#arriving.get(address);
    const arriving = this.#put(request, page, variesOn, expiresAt, address, previous).catch(() => {});
    this.#arriving.set(address, arriving);
    await arriving;
    if (this.#arriving.get(address) === arriving) this.#arriving.delete(address);
  }

  async #put(
    request: PageRequest,
    page: Page,
    variesOn: readonly string[],
    expiresAt: EpochMs | null,
    address: string,
    previous: Promise<void> | undefined,
  ): Promise<void> {
    await previous;
    const present = await this.cache.get(address);
    const known = present && isVaryIndex(present) ? present.variesOn : [];
    const union = [...new Set([...known, ...variesOn])].toSorted();
    if (union.length === 0) {
      await this.cache.set(address, page, expiresAt);
      return;
    }
    // The page first: an index that leads nowhere would be a second round trip for nothing.
    await this.cache.set(this.#variantAddressOf(request, union), page, expiresAt);
    await this.cache.set(address, { variesOn: union }, expiresAt);
  }

  #addressOf(parts: readonly unknown[]): string {
    // The prefix is hashed, too: it may be longer than a store takes, or hold what no key may.
    return `page:${hash('sha256', JSON.stringify([this.keyPrefix, ...parts]), 'base64url')}`;
  }

  #variantAddressOf(request: PageRequest, variesOn: readonly string[]): string {
    return this.#addressOf([request.target, variesOn, selectingValues(variesOn, request.headers)]);
  }
}
