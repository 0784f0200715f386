import type { TagStamps } from '../codec/frame.js';

/** The stamps that something was computed under. Whether they are still those of their tags is asked once for all who want to know. */
export class Fence {
  /** Of what was overtaken while it was computed. */
  static readonly broken = new Fence({}, Promise.resolve(false));

  #isCurrent: Promise<boolean> | undefined;

  constructor(
    readonly stamps: TagStamps,
    isCurrent?: Promise<boolean>,
  ) {
    this.#isCurrent = isCurrent;
  }

  isCurrent(ask: (stamps: TagStamps) => Promise<boolean>): Promise<boolean> {
    this.#isCurrent ??= ask(this.stamps);
    return this.#isCurrent;
  }
}
