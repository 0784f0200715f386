import type { DecodedValue } from '../backends/cache-backend.js';
import { InvalidCacheKeyError } from '../core/errors.js';
import {
  assertKey,
  assertVersion,
  defaultKeyFunction,
  isPlainKey,
  type KeyFunction,
  MAX_PORTABLE_KEY_BYTES,
  unportableReason,
} from '../core/key.js';
import { show } from '../core/show.js';

/** Keys remembered per half; see `FinalKeys`. */
const REMEMBERED_KEYS = 16_384;

export interface FinalKeysOptions {
  readonly keyFunction: KeyFunction;
  readonly keyPrefix: string;
  readonly version: number;
  readonly maxKeyBytes: number | null;
  /** Called once, with a sentence, for the first key that would not survive a move to memcached. */
  warn(message: string): void;
}

/** A key, once it was built and checked. */
export interface KnownKey {
  readonly finalKey: string;
  /** What was found under it in a store that keeps decoded values; a shortcut past the store's own look-up. */
  decoded: DecodedValue | undefined;
}

/**
 * Builds and checks final keys. Recent ones of the default version are remembered: a look-up is several times cheaper than
 * joining, hashing and checking the text again. Two generations bound the memory: when the young one is full it becomes
 * the old one, and what was not asked for since is forgotten.
 */
export class FinalKeys {
  #young = new Map<string, KnownKey>();
  #old = new Map<string, KnownKey>();
  #hasWarned = false;

  constructor(private readonly options: FinalKeysOptions) {}

  /**
   * Returns the final key.
   *
   * @throws {InvalidCacheKeyError} if the key is no well-formed text, or longer than the store takes
   * @throws {InvalidCacheArgumentError} if the version is no whole number
   */
  of(key: string, version?: number): string {
    return this.known(key, version).finalKey;
  }

  /** Returns what is remembered of a key of the default version that was used lately. */
  recent(key: string): KnownKey | undefined {
    return this.#young.get(key);
  }

  /** As `of`, with what is remembered of the key. */
  known(key: string, version?: number): KnownKey {
    if (version !== undefined && version !== this.options.version) return this.#build(key, version);
    return this.#young.get(key) ?? this.#recall(key);
  }

  #recall(key: string): KnownKey {
    const known = this.#old.get(key) ?? this.#build(key, this.options.version);
    if (!this.#isRemembered(key)) return known;
    if (this.#young.size >= REMEMBERED_KEYS) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, known);
    return known;
  }

  /** A key function of the user's own may look at more than its arguments, such as the tenant of the request; it is always asked. */
  #isRemembered(key: string): boolean {
    return this.options.keyFunction === defaultKeyFunction && key.length <= MAX_PORTABLE_KEY_BYTES;
  }

  #build(key: string, version: number): KnownKey {
    assertKey(key);
    assertVersion(version);
    const finalKey = this.options.keyFunction(key, this.options.keyPrefix, version);
    if (!isPlainKey(finalKey)) this.#check(finalKey);
    return { finalKey, decoded: undefined };
  }

  #check(finalKey: unknown): void {
    if (typeof finalKey !== 'string') {
      throw new InvalidCacheKeyError(
        finalKey,
        `The option keyFunction must return a string; it returned ${show(finalKey)}.`,
      );
    }
    assertKey(finalKey);
    const reason = unportableReason(finalKey);
    if (reason === undefined) return;
    if (this.options.maxKeyBytes !== null) {
      throw new InvalidCacheKeyError(
        finalKey,
        `The final key ${JSON.stringify(finalKey)} cannot be used here: ${reason}.`,
      );
    }
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.options.warn(
      `The final key ${JSON.stringify(finalKey)} would not work on memcached: ${reason}. This is said once.`,
    );
  }
}
