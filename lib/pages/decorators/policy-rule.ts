import { CacheConfigurationError } from '../../core/errors.js';
import type { CacheControlOptions } from '../../http/cache-control-options.js';
import type { EntityTagFunction, LastModifiedFunction } from './conditions.js';
import type { TagSources } from '../rules/tag-sources.js';

/** What the decorators say of a class or a handler, apart from `@CachePage`. Absent parts are not said. */
export interface PolicyRule {
  /** Request headers, as they are to be written. */
  readonly vary?: readonly string[];
  /** Cookies that answers differ by, each by itself. */
  readonly cookies?: readonly string[];
  readonly cacheControl?: CacheControlOptions;
  readonly neverCache?: true;
  readonly conditionalPage?: true;
  readonly entityTag?: EntityTagFunction;
  readonly lastModified?: LastModifiedFunction;
  readonly tags?: TagSources;
  readonly invalidates?: TagSources;
  readonly noSiteCache?: true;
}

const POLICY_RULE = 'nestjs-cache-framework:policies';

/** Makes a decorator that adds to what others have said of the same class or handler, in whatever order they stand. */
export function policyDecorator(rule: PolicyRule): MethodDecorator & ClassDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = (descriptor?.value as object | undefined) ?? target;
    const united = unite(policyRuleOf(place), rule);
    assertConsistent(united);
    Reflect.defineMetadata(POLICY_RULE, united, place);
  };
}

/** Returns what is said of a class or a handler; of a class also what is said of those that it extends. */
export function policyRuleOf(place: object): PolicyRule {
  return (Reflect.getMetadata(POLICY_RULE, place) as PolicyRule | undefined) ?? {};
}

/**
 * Returns what is said of a handler by its class and by itself: lists unite, of the rest the handler's counts, option by option.
 *
 * @param handlerIsCached whether the handler itself, not its class, has `@CachePage`
 */
export function policyRuleFor(controller: object, handler: object, handlerIsCached: boolean): PolicyRule {
  const ofClass = policyRuleOf(controller);
  const ofHandler = policyRuleOf(handler);
  const united = unite(ofClass, ofHandler);
  if (!ofHandler.neverCache && (handlerIsCached || ofHandler.cacheControl)) {
    const { neverCache: _overruled, ...rest } = united;
    return rest;
  }
  if (ofHandler.neverCache) {
    const { cacheControl: _overruled, ...rest } = united;
    return rest;
  }
  return united;
}

function unite(one: PolicyRule, other: PolicyRule): PolicyRule {
  const cacheControl =
    one.cacheControl && other.cacheControl
      ? unitedDirectives(one.cacheControl, other.cacheControl)
      : undefined;
  return {
    ...one,
    ...other,
    ...listOf('vary', one.vary, other.vary),
    ...listOf('cookies', one.cookies, other.cookies),
    ...listOf('tags', one.tags, other.tags),
    ...listOf('invalidates', one.invalidates, other.invalidates),
    ...(cacheControl && { cacheControl }),
  };
}

function listOf<Name extends string, T>(
  name: Name,
  one: readonly T[] | undefined,
  other: readonly T[] | undefined,
): Partial<Record<Name, readonly T[]>> {
  if (!one && !other) return {};
  const united = [...new Set([...(one ?? []), ...(other ?? [])])];
  return { [name]: united } as unknown as Record<Name, readonly T[]>;
}

/** The handler may say the opposite of its class. */
function unitedDirectives(ofClass: CacheControlOptions, ofHandler: CacheControlOptions): CacheControlOptions {
  const { private: isPrivate, public: isPublic, ...rest } = ofClass;
  return {
    ...rest,
    ...(isPublic !== undefined && !isSaid(ofHandler.private) && { public: isPublic }),
    ...(isPrivate !== undefined && !isSaid(ofHandler.public) && { private: isPrivate }),
    ...ofHandler,
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== false;
}

function assertConsistent(rule: PolicyRule): void {
  if (rule.neverCache && rule.cacheControl) {
    throw new CacheConfigurationError(
      '@NeverCache and @CacheControl stand at the same place. @NeverCache says all there is to say; remove one of them.',
    );
  }
}
