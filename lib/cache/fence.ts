import type { TagStamps } from '../codec/frame.js';

/** The stamps that something was computed under. Whether they are still those of their tags is asked once for all who want to know. */
export class Fence {
  #isCurrent: Promise<boolean> | undefined;

  constructor(readonly stamps: TagStamps) {}

  isCurrent(ask: (stamps: TagStamps) => Promise<boolean>): Promise<boolean> {
    this.#isCurrent ??= ask(this.stamps);
    return this.#isCurrent;
  }
}
