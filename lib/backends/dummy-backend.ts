import type { BackendCapabilities, CacheBackend } from './cache-backend.js';

/**
 * Keeps nothing: every read is a miss. For development and tests, in the place of any other backend.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/cache/#dummy-caching-for-development
 */
export class DummyBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities = {
    isShared: false,
    isPersistent: false,
    keepsEntries: false,
    hasAtomicInsert: true,
    hasAtomicIncrement: true,
    limitsEntries: false,
    maxKeyBytes: null,
  };

  read(): undefined {
    return undefined;
  }

  write(): void {}

  /** Nothing is ever there, so every insertion succeeds. */
  insert(): boolean {
    return true;
  }

  touch(): boolean {
    return false;
  }

  remove(): boolean {
    return false;
  }

  clear(): void {}

  increment(): undefined {
    return undefined;
  }
}
