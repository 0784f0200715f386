import type { Codec, Decoded } from '../codec/codec.js';
import type { Fence } from './fence.js';

/** One computed value for many takers, each of whom gets a copy that cannot change another's. */
export class SharedValue<T> {
  #decoded: Decoded<T> | undefined;

  constructor(
    private readonly codec: Codec<T>,
    private readonly payload: Buffer,
    /** Undefined where nothing can have come since. */
    readonly fence: Fence | undefined,
  ) {}

  take(): T {
    const decoded = (this.#decoded ??= this.codec.decode(this.payload));
    // What must not be kept is decoded for each taker; the one decoding that is at hand goes to the first.
    if (decoded.keepCost !== undefined) return this.codec.copy(decoded.value);
    this.#decoded = undefined;
    return decoded.value;
  }
}
