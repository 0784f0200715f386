/** A decoded payload. */
export interface Decoded<T> {
  readonly value: T;
  /**
   * Returns the bytes of memory, about, that keeping `value` beside its payload would take, so that the next reader gets a
   * `copy` of it instead of a decoding; undefined if it must not be kept. To find out takes longer than to decode, so only where it is kept.
   */
  readonly keepCost: (() => number) | undefined;
}

/** Turns one family of values into payloads and back. */
export interface Codec<T> {
  /** @throws {UnsupportedValueError} for a value that would not come back as it is */
  encode(value: T): Buffer;
  /** @throws {UnreadablePayloadError} for bytes that `encode` did not make */
  decode(payload: Buffer): Decoded<T>;
  /** Returns a kept value in a form that the caller may change without changing what is kept. */
  copy(kept: T): T;
}
