import { hash } from 'node:crypto';
import type { CacheView, KnownStamps, Look, TagStamps } from '../../cache/cache-view.js';
import { UNKEPT } from '../../cache/tags.js';
import { type Answer, isPending } from '../../core/answer.js';
import type { EpochMs } from '../../core/clock.js';
import { selectingValues } from '../../http/vary.js';
import { isVaryIndex, MOST_VARYING_HEADERS, type Page, type PageEntry } from './page.js';
import { PageFlights } from '../flights/page-flights.js';
import type { PageRequest } from '../requests/page-request.js';
import { Recent } from './recent.js';

/** Why there is no page, in the words of RFC 9211: none for the URL, or none for these request headers. */
export type Miss = 'uri-miss' | 'vary-miss';

/** What is known where there is no page. */
export interface Missing {
  readonly miss: Miss;
  /** Names the page that is missing, as far as this process knows what it varies on. */
  readonly address: string;
  /** The stamps of its tags as they are. */
  readonly stamps: KnownStamps;
}

/** What a page is stored with. */
export interface Storing {
  readonly variesOn: readonly string[];
  readonly expiresAt: EpochMs | null;
  readonly stamps: TagStamps;
}

/** What is known of the page for a request. */
export interface Inspection {
  readonly address: string;
  readonly variesOn: readonly string[];
  readonly page: Page | undefined;
  /** Why the last answer to this URL in this process was not stored. */
  readonly refusal: string | undefined;
}

/** Where one request looks. */
interface Place {
  readonly request: PageRequest;
  /** Where the page of the URL lies, or the list of what its pages vary on. */
  readonly address: string;
  /** What its pages vary on, as far as this process knows, and where that leads for this request. */
  readonly variesOn: readonly string[] | undefined;
  readonly variant: string | undefined;
}

/** Of how many URLs a process remembers what they vary on. */
const URLS_REMEMBERED = 10_000;
/** Characters of what an address is made of. */
const LONGEST_REMEMBERED = 500;

/**
 * The pages of one cache. A URL has an address; there lies its page, or, if its responses vary, the list of request headers that lead
 * to the addresses of its variants. The list only grows: once a URL has varied on a header, a response that does not mention
 * it is still kept apart by it, so that what was made for one value is never shown to another.
 *
 * A process remembers the lists, and so finds a variant in the same batch as the list, which has the last word.
 */
export class PageStore {
  readonly flights: PageFlights;
  /** Pages on their way into the store, by address: who asks meanwhile waits for them, not for a second computation. */
  readonly #arriving = new Map<string, Promise<void>>();
  readonly #lists = new Recent<readonly string[]>(URLS_REMEMBERED);
  readonly #publicUrls = new Recent<true>(URLS_REMEMBERED);
  readonly #refusals = new Recent<string>(URLS_REMEMBERED);
  /** A hash takes longer than all else that a hit in memory needs of a store. */
  readonly #addresses = new Recent<string>(URLS_REMEMBERED);

  constructor(
    readonly cache: CacheView<PageEntry>,
    private readonly keyPrefix: string,
  ) {
    this.flights = new PageFlights(cache.clock);
  }

  /**
   * Returns the page for a request, or what is known without one; at once where the store answers at once. Never fails.
   *
   * @param surely request headers that the pages vary on for sure
   */
  find(request: PageRequest, surely: readonly string[] = []): Answer<Page | Missing> {
    const address = this.#addressOf(request.target);
    const arriving = this.#arriving.size === 0 ? undefined : this.#arriving.get(address);
    return arriving
      ? arriving.then(() => this.#look(request, address, surely))
      : this.#look(request, address, surely);
  }

  #look(request: PageRequest, address: string, surely: readonly string[]): Answer<Page | Missing> {
    const place = this.#placeOf(request, address, this.#lists.get(address) ?? surely);
    const { variant } = place;
    const keys = variant === undefined ? [address] : [address, variant];
    const look = this.cache.look(keys, request.tags);
    return isPending(look) ? look.then((found) => this.#judge(place, found)) : this.#judge(place, look);
  }

  /** Names the page for a request, as far as this process knows what it varies on. */
  whereabouts(request: PageRequest, surely: readonly string[]): string {
    const address = this.#addressOf(request.target);
    const place = this.#placeOf(request, address, this.#lists.get(address) ?? surely);
    return place.variant ?? address;
  }

  /** Returns what the pages of a URL vary on, as far as this process knows. */
  knownVary(request: PageRequest): readonly string[] {
    return this.#lists.get(this.#addressOf(request.target)) ?? [];
  }

  /** Whether the store has the page for a request, once it has arrived there. */
  async isKept(request: PageRequest): Promise<boolean> {
    await this.#arriving.get(this.#addressOf(request.target));
    return (await this.inspect(request)).page !== undefined;
  }

  /** Returns the page for a request and where it lies, if only to tell of it: nothing is counted or remembered. */
  async inspect(request: PageRequest): Promise<Inspection> {
    const address = this.#addressOf(request.target);
    const entry = (await this.cache.look([address], request.tags)).entries.get(address);
    const refusal = this.#refusals.get(address);
    if (!entry || !isVaryIndex(entry)) return { address, variesOn: [], page: entry, refusal };
    const variant = this.#variantAddressOf(request, entry.variesOn);
    const page = (await this.cache.look([variant], request.tags)).entries.get(variant);
    const isPage = page !== undefined && !isVaryIndex(page);
    return { address: variant, variesOn: entry.variesOn, page: isPage ? page : undefined, refusal };
  }

  #judge(place: Place, look: Look<PageEntry>): Answer<Page | Missing> {
    const entry = look.entries.get(place.address);
    if (!entry) return this.#missing(place, 'uri-miss', look);
    if (!isVaryIndex(entry)) return this.#found(entry);
    if (isSameList(entry.variesOn, place.variesOn)) return this.#variantIn(place, look);
    this.#lists.note(place.address, entry.variesOn);
    const { address, request } = place;
    const right = this.#placeOf(request, address, entry.variesOn);
    const second = this.cache.look([right.variant!], request.tags);
    return isPending(second)
      ? second.then((found) => this.#variantIn(right, found))
      : this.#variantIn(right, second);
  }

  #variantIn(place: Place, look: Look<PageEntry>): Page | Missing {
    const page = look.entries.get(place.variant!);
    return page && !isVaryIndex(page) ? this.#found(page) : this.#missing(place, 'vary-miss', look);
  }

  #found(page: Page): Page {
    this.cache.count('hit');
    return page;
  }

  #missing({ address, variant }: Place, miss: Miss, { stamps }: Look<PageEntry>): Missing {
    this.cache.count('miss');
    return { miss, stamps, address: variant ?? address };
  }

  #placeOf(request: PageRequest, address: string, variesOn: readonly string[]): Place {
    return variesOn.length === 0
      ? { request, address, variesOn: undefined, variant: undefined }
      : { request, address, variesOn, variant: this.#variantAddressOf(request, variesOn) };
  }

  /** Whether the page of a URL was for everybody when it was last computed here. */
  isPublic(request: PageRequest): boolean {
    return this.#publicUrls.get(this.#addressOf(request.target)) === true;
  }

  notePublic(request: PageRequest, isPublic: boolean): void {
    const address = this.#addressOf(request.target);
    if (isPublic) this.#publicUrls.note(address, true);
    else this.#publicUrls.forget(address);
  }

  /** Remembers, only to tell of it, why the answer to a request was not stored. */
  noteRefusal(request: PageRequest, reason: string): void {
    this.#refusals.note(this.#addressOf(request.target), reason);
  }

  /**
   * Begins to store the page for a request, and returns which headers it is kept apart by, as far as this process knows. The
   * client, who has the answer, does not wait for the store.
   */
  put(request: PageRequest, page: Page, storing: Storing): readonly string[] {
    const address = this.#addressOf(request.target);
    this.notePublic(request, page.isPublic);
    this.#refusals.forget(address);
    const variesOn = unionOf(this.#lists.get(address) ?? [], storing.variesOn);
    if (variesOn.length > MOST_VARYING_HEADERS) return variesOn;
    if (variesOn.length > 0) this.#lists.note(address, variesOn);
    if (storing.stamps === UNKEPT) return variesOn;
    const previous = this.#arriving.get(address);
    const arriving = this.#put(request, page, storing, address, previous)
      .catch(() => {})
      .finally(() => {
        if (this.#arriving.get(address) === arriving) this.#arriving.delete(address);
      });
    this.#arriving.set(address, arriving);
    return variesOn;
  }

  async #put(
    request: PageRequest,
    page: Page,
    { expiresAt, stamps, variesOn }: Storing,
    address: string,
    previous: Promise<void> | undefined,
  ): Promise<void> {
    await previous;
    const { entries } = await this.cache.look([address], request.tags);
    const present = entries.get(address);
    const union = unionOf(present && isVaryIndex(present) ? present.variesOn : [], variesOn);
    if (union.length === 0) {
      await this.cache.set(address, page, expiresAt, stamps);
      return;
    }
    if (union.length > MOST_VARYING_HEADERS) return;
    this.#lists.note(address, union);
    // The page first: a list that leads nowhere would be a second look for nothing. It has no tags: what it says outlives the pages.
    await this.cache.set(this.#variantAddressOf(request, union), page, expiresAt, stamps);
    await this.cache.set(address, { variesOn: union }, expiresAt);
  }

  #addressOf(parts: readonly unknown[]): string {
    const name = JSON.stringify(parts);
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    // The prefix is hashed, too: it may be longer than a store takes, or hold what no key may.
    const address = `page:${hash('sha256', JSON.stringify([this.keyPrefix, name]), 'base64url')}`;
    if (name.length <= LONGEST_REMEMBERED) this.#addresses.note(name, address);
    return address;
  }

  #variantAddressOf(request: PageRequest, variesOn: readonly string[]): string {
    return this.#addressOf([
      request.target,
      variesOn,
      selectingValues(variesOn, request.headers, request.normalizesFields),
    ]);
  }
}

function unionOf(some: readonly string[], others: readonly string[]): readonly string[] {
  return others.every((name) => some.includes(name)) ? some : [...new Set([...some, ...others])].toSorted();
}

function isSameList(list: readonly string[], other: readonly string[] | undefined): boolean {
  return list.length === other?.length && list.every((name, index) => name === other[index]);
}
