import type { BackendDefinition } from '../backends/backend-definition.js';
import { backendRegistry } from '../backends/backend-registry.js';
import type { CacheBackend, CacheBackendClass, BackendContext } from '../backends/cache-backend.js';
import { CacheConfigurationError } from '../core/errors.js';
import { defaultKeyFunction, type KeyFunction } from '../core/key.js';
import { assertPeer } from '../core/optional-peer.js';
import { type GuardOptions, guardRules, type GuardSettings, guardSettingsOf } from './guard/guard-options.js';
import { assertPackages, createOwnBackend } from './own-backend.js';
import { type LocationUrl, parseLocationUrl, withoutPassword } from '../core/location-url.js';
import {
  anyWholeNumber,
  byteSize,
  functionOption,
  lifetime,
  type OptionRules,
  parseOptions,
  text,
} from '../core/options.js';
import { messageOf, show } from '../core/show.js';
import { closestTo } from '../core/suggestion.js';
import type { LifetimeMs } from '../core/timeout.js';

export const DEFAULT_TIMEOUT_MS = 300_000;

/** What a cache needs to know of its configuration, checked and complete. */
export interface CacheSettings {
  readonly alias: string;
  readonly timeout: LifetimeMs;
  readonly keyPrefix: string;
  readonly version: number;
  readonly keyFunction: KeyFunction;
  /** Payloads above this many bytes are compressed; undefined for none. */
  readonly compressAbove: number | undefined;
  /** For backends outside the process. */
  readonly guard: GuardSettings;
}

/** What a backend is told beside the configuration of its cache. */
export type BackendSurroundings = Pick<
  BackendContext,
  'clock' | 'shared' | 'dataSources' | 'unreadable' | 'lost' | 'warn'
>;

/** A checked configuration: the settings of the cache, and how to make its backend. */
export interface ResolvedCache {
  readonly settings: CacheSettings;
  /** The name of the backend and its location, for the line in the log. */
  readonly description: string;
  /** Equal for caches that see each other's entries if their final keys are equal. */
  readonly store: string;
  createBackend(surroundings: BackendSurroundings): CacheBackend;
}

interface CommonOptions extends GuardOptions {
  timeout: LifetimeMs;
  keyPrefix: string;
  version: number;
  keyFunction: KeyFunction;
  compressAbove: number;
}

const commonRules: OptionRules<Omit<CommonOptions, keyof GuardOptions>> = {
  timeout: lifetime,
  keyPrefix: text,
  version: anyWholeNumber,
  keyFunction: functionOption<KeyFunction>('(key, keyPrefix, version) => string'),
  compressAbove: byteSize,
};

/**
 * Checks the configuration of one cache, given as options or as a URL.
 *
 * @throws {CacheConfigurationError} naming alias, option, what was expected and what came
 * @throws {MissingPackageError} if a package that the backend needs is not installed
 */
export function resolveCache(alias: string, configuration: unknown): ResolvedCache {
  const owner = `Cache "${alias}"`;
  if (typeof configuration === 'string')
    return resolveUrl(alias, parseLocationUrl(configuration, owner), owner);
  if (typeof configuration !== 'object' || configuration === null) {
    throw new CacheConfigurationError(
      `${owner} must be an options object or a URL such as "memory://"; got ${show(configuration)}.`,
    );
  }
  const { backend, location, ...options } = configuration as Record<string, unknown>;
  if (typeof backend === 'function') {
    const text = textOf(location, owner);
    return resolveClass(alias, backend as CacheBackendClass, text, options, owner);
  }
  const definition = definitionOf(backend, owner);
  return resolveBuiltIn(alias, definition, locationFromOption(location, definition, owner), options, owner);
}

function textOf(location: unknown, owner: string): string | undefined {
  if (location === undefined || typeof location === 'string') return location;
  throw new CacheConfigurationError(`${owner}: option "location" must be text; got ${show(location)}.`);
}

function locationFromOption(location: unknown, definition: BackendDefinition, owner: string): unknown {
  if (location === undefined || location === '' || !definition.locationFromOption)
    return textOf(location, owner);
  try {
    return definition.locationFromOption(location);
  } catch (error) {
    // Not shown: it may hold a password.
    throw new CacheConfigurationError(
      `${owner}: option "location" cannot be used (${withoutPassword(messageOf(error))}). ` +
        `It must be ${definition.requiredLocation ?? 'text'}.`,
      { cause: error },
    );
  }
}

function resolveUrl(alias: string, url: LocationUrl, owner: string): ResolvedCache {
  const definition = definitionOf(url.scheme, owner);
  const rules: OptionRules<Record<string, unknown>> = rulesOf(definition);
  // Unknown names pass as they are; parseOptions refuses them by name.
  const options = Object.entries(url.query).map(([name, value]) => [
    name,
    Object.hasOwn(rules, name) ? rules[name]!.fromText(value) : value,
  ]);
  const location = locationFromUrl(url, definition, owner);
  return resolveBuiltIn(
    alias,
    definition,
    location,
    Object.fromEntries(options) as Record<string, unknown>,
    owner,
  );
}

/** The options that a cache on this backend takes. */
function rulesOf(definition: BackendDefinition): OptionRules<CommonOptions> {
  const rules = definition.isRemote ? { ...commonRules, ...guardRules } : commonRules;
  return { ...rules, ...definition.options } as OptionRules<CommonOptions>;
}

function locationFromUrl(url: LocationUrl, definition: BackendDefinition, owner: string): unknown {
  try {
    return definition.locationFromUrl(url.rest, url.scheme);
  } catch (error) {
    throw new CacheConfigurationError(
      `${owner}: "${withoutPassword(url.text)}" has no usable location (${withoutPassword(messageOf(error))}). ` +
        `It must be ${definition.requiredLocation ?? 'text, percent-encoded where needed'}.`,
      { cause: error },
    );
  }
}

function resolveBuiltIn(
  alias: string,
  definition: BackendDefinition,
  givenLocation: unknown,
  given: Readonly<Record<string, unknown>>,
  owner: string,
): ResolvedCache {
  const isMissingLocation = givenLocation === undefined || givenLocation === '';
  const location = isMissingLocation ? (definition.defaultLocation ?? givenLocation) : givenLocation;
  if (definition.requiredLocation !== undefined && isMissingLocation) {
    throw new CacheConfigurationError(
      `${owner}: option "location" must be ${definition.requiredLocation}; got ${show(location)}.`,
    );
  }
  const options = parseOptions(rulesOf(definition), given, `${owner} (backend "${definition.name}")`);
  for (const name of definition.packagesFor?.(options) ?? []) {
    assertPeer(name, `${owner}: the backend "${definition.name}"`);
  }
  const settings = settingsOf(alias, options);
  const shown = shownLocation(definition, location);
  const identity = { alias, location: shown, ...identityOf(settings), options: {} };
  const description = describe(definition.name, shown);
  return {
    settings,
    store:
      (definition.storeName?.(options, location) ?? storeOf(alias, description, shown)) +
      (definition.separatesScopes ? ` ${identity.scope}` : ''),
    description,
    createBackend: (surroundings) => definition.create({ ...surroundings, ...identity }, options, location),
  };
}

function describe(name: string, location: string | undefined): string {
  return location === undefined ? name : `${name} at ${location}`;
}

/** Without a location the store is the alias's own. */
function storeOf(alias: string, description: string, location: string | undefined): string {
  return location === undefined ? `${description} of ${alias}` : description;
}

function shownLocation(definition: BackendDefinition, location: unknown): string | undefined {
  if (location === undefined || typeof location === 'string')
    return location && (definition.showLocation?.(location) ?? location);
  return definition.showLocation?.(location);
}

function resolveClass(
  alias: string,
  backendClass: CacheBackendClass,
  location: string | undefined,
  given: Record<string, unknown>,
  owner: string,
): ResolvedCache {
  assertPackages(backendClass, owner);
  const rules: OptionRules<CommonOptions> = { ...commonRules, ...guardRules };
  const isCommon = (name: string): boolean => Object.hasOwn(rules, name);
  const names = Object.keys(given);
  const common = Object.fromEntries(names.filter(isCommon).map((name) => [name, given[name]]));
  const others = names.filter((name) => !isCommon(name)).map((name) => [name, given[name]] as const);
  const settings = settingsOf(alias, parseOptions(rules, common, owner));
  const identity = { alias, location, ...identityOf(settings), options: Object.fromEntries(others) };
  const description = describe(backendClass.name, location);
  return {
    settings,
    store: storeOf(alias, description, location),
    description,
    createBackend: (surroundings) => createOwnBackend(backendClass, { ...surroundings, ...identity }, owner),
  };
}

function definitionOf(name: unknown, owner: string): BackendDefinition {
  const definition = backendRegistry.get(name as string);
  if (definition) return definition;
  const known = [...new Set(Array.from(backendRegistry.values(), (each) => each.name))];
  const closest = typeof name === 'string' ? closestTo(name, known) : undefined;
  throw new CacheConfigurationError(
    `${owner}: unknown backend ${show(name)}.${closest === undefined ? '' : ` Did you mean "${closest}"?`} ` +
      `Known backends: ${known.join(', ')}; or give a class of your own.`,
  );
}

function settingsOf(alias: string, options: Partial<CommonOptions>): CacheSettings {
  return {
    alias,
    timeout: options.timeout === undefined ? DEFAULT_TIMEOUT_MS : options.timeout,
    keyPrefix: options.keyPrefix ?? '',
    version: options.version ?? 1,
    keyFunction: options.keyFunction ?? defaultKeyFunction,
    compressAbove: options.compressAbove,
    guard: guardSettingsOf(options),
  };
}

/**
 * Caches that build the same final keys are one and the same to their users, whatever their alias; two key functions cannot be
 * compared, so there the alias decides.
 */
function identityOf({
  alias,
  guard,
  keyFunction,
  keyPrefix,
  version,
}: CacheSettings): Pick<BackendContext, 'scope' | 'keys' | 'operationTimeoutMs'> {
  const isDefault = keyFunction === defaultKeyFunction;
  return {
    scope: JSON.stringify(isDefault ? [keyPrefix, version] : [keyPrefix, version, alias]),
    keys: { prefix: keyPrefix, version, isDefault },
    operationTimeoutMs: guard.operationTimeoutMs,
  };
}
