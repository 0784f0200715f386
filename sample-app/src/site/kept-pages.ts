import { Injectable, Logger } from '@nestjs/common';
import { PageCache } from 'nestjs-cache-framework';
import { isConfirmed } from './confirmation.js';

/** The pages that the caches keep as a whole. */
@Injectable()
export class KeptPages {
  readonly #logger = new Logger('KeptPages');

  constructor(private readonly pages: PageCache) {}

  /** Takes all pages with one of these tags out of the caches; returns whether they confirmed it. */
  async forget(tags: readonly string[]): Promise<boolean> {
    return isConfirmed(this.pages.invalidate({ tags }), this.#logger);
  }

  /** Takes the pages of a path out of the caches, whatever their query and variant; returns whether they confirmed it. */
  async forgetPath(path: string): Promise<boolean> {
    return isConfirmed(this.pages.invalidate(path), this.#logger);
  }
}
