import { hash } from 'node:crypto';
import type { CacheView } from '../cache/cache-view.js';
import type { EpochMs } from '../core/clock.js';
import { selectingValues } from '../http/vary.js';
import { isVaryIndex, type Page, type PageEntry } from './page.js';
import type { PageRequest } from './page-request.js';

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

  /** Returns the page for a request; undefined if there is none. */
  async find(request: PageRequest): Promise<Page | undefined> {
    const address = this.#addressOf(request.target);
    const arriving = this.#arriving.get(address);
    if (arriving) await arriving;
    const entry = await this.cache.get(address);
    if (!entry || !isVaryIndex(entry)) return entry;
    const variant = await this.cache.get(this.#variantAddressOf(request, entry.variesOn));
    return variant && !isVaryIndex(variant) ? variant : undefined;
  }

  /** Stores the page for a request whose response varies on these headers; never rejects. */
  async put(
    request: PageRequest,
    page: Page,
    variesOn: readonly string[],
    expiresAt: EpochMs | null,
  ): Promise<void> {
    const address = this.#addressOf(request.target);
    const previous = this.#arriving.get(address);
    const arriving = this.#put(request, page, variesOn, expiresAt, address, previous);
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
    return `page:${this.keyPrefix}:${hash('sha256', JSON.stringify(parts), 'base64url')}`;
  }

  #variantAddressOf(request: PageRequest, variesOn: readonly string[]): string {
    return this.#addressOf([request.target, variesOn, selectingValues(variesOn, request.headers)]);
  }
}
