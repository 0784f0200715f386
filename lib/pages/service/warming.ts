import { InvalidCacheArgumentError } from '../../core/errors.js';
import { messageOf, show } from '../../core/show.js';
import type { ApplicationRequests } from '../detached/application-requests.js';

/** The options of `PageCache.warm`. */
export interface WarmOptions {
  /** What stands before paths: scheme and host, as visitors write them. */
  origin?: string;
  /** Headers of the requests, such as those that pages vary on, or that a proxy in front of the application adds. */
  headers?: Readonly<Record<string, string>>;
  /**
   * How many are asked for at once.
   *
   * @default 4
   */
  concurrency?: number;
}

/** What became of one URL. */
export interface WarmedPage {
  readonly url: string;
  /** The status of the answer; undefined if there was none. */
  readonly status: number | undefined;
  /** What `Cache-Status` says, where the application tells it: `hit` or `stored` mean that the page is in the cache. */
  readonly cacheStatus: string | undefined;
  /** Why there was no answer. */
  readonly problem: string | undefined;
}

const DEFAULT_CONCURRENCY = 4;

export async function warmPages(
  application: ApplicationRequests,
  urls: readonly (string | URL)[],
  { concurrency = DEFAULT_CONCURRENCY, headers = {}, origin }: WarmOptions,
): Promise<WarmedPage[]> {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new InvalidCacheArgumentError(
      `The option "concurrency" of PageCache.warm must be a whole number, 1 or more; got ${show(concurrency)}.`,
    );
  }
  const targets = urls.map((url) => targetOf(url, origin));
  const pages: WarmedPage[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < targets.length; index = next++)
      pages[index] = await warmPage(application, targets[index]!, headers);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, targets.length) }, worker));
  return pages;
}

async function warmPage(
  application: ApplicationRequests,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<WarmedPage> {
  try {
    const { cacheStatus, status } = await application.get({ url, headers });
    return { url: url.href, status, cacheStatus, problem: undefined };
  } catch (error) {
    return { url: url.href, status: undefined, cacheStatus: undefined, problem: messageOf(error) };
  }
}

function targetOf(url: string | URL, origin: string | undefined): URL {
  const text = String(url);
  if (URL.canParse(text, origin)) {
    const target = new URL(text, origin);
    if (target.protocol === 'http:' || target.protocol === 'https:') return target;
  }
  throw new InvalidCacheArgumentError(
    `PageCache.warm needs URLs with scheme and host, which are part of the key, or paths and the option "origin", ` +
      `such as 'https://shop.example'; got ${show(text)}.`,
  );
}
