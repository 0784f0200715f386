/** The stable codes of this library's errors. A code never changes its meaning; README lists them. */
export type CacheErrorCode =
  | 'CACHE_INVALID_CONFIGURATION'
  | 'CACHE_UNKNOWN_ALIAS'
  | 'CACHE_MISSING_PACKAGE'
  | 'CACHE_INVALID_KEY'
  | 'CACHE_INVALID_TIMEOUT'
  | 'CACHE_INVALID_ARGUMENT'
  | 'CACHE_UNSUPPORTED_VALUE'
  | 'CACHE_VALUE_TOO_LARGE'
  | 'CACHE_KEY_NOT_FOUND'
  | 'CACHE_NOT_A_NUMBER'
  | 'CACHE_TRANSACTION'
  | 'CACHE_BACKEND_FAILURE'
  | 'CACHE_CLOSED';

/** The base of every error thrown by this library. Test `code`, which is stable, rather than the message. */
export class CacheError extends Error {
  constructor(
    readonly code: CacheErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A wrong or unknown option. The start of the application ends with it. */
export class CacheConfigurationError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('CACHE_INVALID_CONFIGURATION', message, options);
  }
}

/** An alias that `CacheModule.forRoot` was not told of. */
export class UnknownCacheAliasError extends CacheError {
  constructor(
    readonly alias: string,
    readonly knownAliases: readonly string[],
  ) {
    super(
      'CACHE_UNKNOWN_ALIAS',
      `There is no cache "${alias}". Configured caches: ${knownAliases.map((name) => `"${name}"`).join(', ')}. ` +
        `Add "${alias}" to \`caches\` of CacheModule.forRoot or correct the name.`,
    );
  }
}

/** A package that a configured backend needs is not installed. */
export class MissingPackageError extends CacheError {
  constructor(
    readonly packageName: string,
    neededFor: string,
    options?: ErrorOptions,
  ) {
    super(
      'CACHE_MISSING_PACKAGE',
      `${neededFor} needs the package "${packageName}", which is not installed. Run: npm install ${packageName}`,
      options,
    );
  }
}

/** A key that cannot be used, with the reason in the message. */
export class InvalidCacheKeyError extends CacheError {
  constructor(
    readonly key: unknown,
    message: string,
  ) {
    super('CACHE_INVALID_KEY', message);
  }
}

/** A lifetime that is neither seconds nor text with a unit nor `null`. */
export class InvalidTimeoutError extends CacheError {
  constructor(message: string) {
    super('CACHE_INVALID_TIMEOUT', message);
  }
}

/** An argument other than key, value and timeout that cannot be used: a version, a delta, a batch. */
export class InvalidCacheArgumentError extends CacheError {
  constructor(message: string) {
    super('CACHE_INVALID_ARGUMENT', message);
  }
}

/** `withinTransaction` was given something else than an open transaction on the database of the cache, or the database has undone that transaction. */
export class CacheTransactionError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('CACHE_TRANSACTION', message, options);
  }
}

/** A value that would not come back as it went in: a function, a symbol, a promise, `undefined` itself. */
export class UnsupportedValueError extends CacheError {
  constructor(message: string) {
    super('CACHE_UNSUPPORTED_VALUE', message);
  }
}

/** An encoded value is larger than the store takes. What the key held before is removed, so that it cannot linger. */
export class ValueTooLargeError extends CacheError {
  constructor(
    readonly key: string,
    readonly bytes: number,
    readonly limit: number,
    limitName: string,
  ) {
    super(
      'CACHE_VALUE_TOO_LARGE',
      `The value of "${key}" takes ${bytes} bytes, more than ${limitName} (${limit}) leaves for one entry. ` +
        `Cache less in one entry, raise ${limitName}, or set compressAbove.`,
    );
  }
}

/** A counter or a version was moved on a key that is missing or expired. */
export class CacheKeyNotFoundError extends CacheError {
  constructor(readonly key: string) {
    super(
      'CACHE_KEY_NOT_FOUND',
      `There is no entry "${key}" (missing or expired). Create it with add() or set() first.`,
    );
  }
}

/** `incr` or `decr` met a value that is not an integer, or would leave the range of safe integers. */
export class NotANumberError extends CacheError {
  constructor(message: string) {
    super('CACHE_NOT_A_NUMBER', message);
  }
}

/** The store failed: a full disk, a refused connection, a lost right. The reason is in `cause`. */
export class CacheBackendError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('CACHE_BACKEND_FAILURE', message, options);
  }
}

/** The cache was used after `close()`. */
export class CacheClosedError extends CacheError {
  constructor(readonly alias: string) {
    super(
      'CACHE_CLOSED',
      `The cache "${alias}" is closed: its application has shut down or close() was called.`,
    );
  }
}
