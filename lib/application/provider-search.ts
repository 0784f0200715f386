import type { InjectionToken } from '@nestjs/common';
import {
  PARAMTYPES_METADATA,
  PROPERTY_DEPS_METADATA,
  SELF_DECLARED_DEPS_METADATA,
} from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';

/** A module as Nest holds it. */
export type HostModule = ModulesContainer extends Map<string, infer M> ? M : never;

/** A provider as Nest holds it. */
export type ProviderWrapper = HostModule['providers'] extends Map<unknown, infer W> ? W : never;

/** A provider, and the module that declares it. */
export interface Found {
  readonly token: InjectionToken;
  readonly module: HostModule;
}

/** Finds the provider that Nest injects for a token in a module; undefined if none is visible there. */
export function findVisible(token: InjectionToken, from: HostModule): Found | undefined {
  return from.providers.has(token)
    ? { token, module: from }
    : findExported(token, from, true, new Set([from]));
}

function findExported(
  token: InjectionToken,
  from: HostModule,
  isAsking: boolean,
  seen: Set<HostModule>,
): Found | undefined {
  for (const imported of from.imports) {
    if (seen.has(imported)) continue;
    // What an imported module imports is visible only if it exports that module again.
    if (!isAsking && !from.exports.has(imported.metatype)) continue;
    seen.add(imported);
    if (imported.exports.has(token) && imported.providers.has(token)) return { token, module: imported };
    const found = findExported(token, imported, false, seen);
    if (found) return found;
  }
  return undefined;
}

/** Returns the tokens that Nest looks up to make a class. */
export function dependenciesOfClass(type: object): InjectionToken[] {
  const parameters = [...((Reflect.getMetadata(PARAMTYPES_METADATA, type) ?? []) as unknown[])];
  for (const { index, param } of metadataOf<{ index: number; param: unknown }>(
    SELF_DECLARED_DEPS_METADATA,
    type,
  )) {
    parameters[index] = param;
  }
  const properties = metadataOf<{ type: unknown }>(PROPERTY_DEPS_METADATA, type);
  return [...parameters, ...properties.map((property) => property.type)].flatMap(tokenOf);
}

function metadataOf<T>(key: string, type: object): T[] {
  return (Reflect.getMetadata(key, type) ?? []) as T[];
}

function dependenciesOf({ inject, metatype }: ProviderWrapper): InjectionToken[] {
  if (inject) return (inject as readonly unknown[]).flatMap(tokenOf);
  return typeof metatype === 'function' ? dependenciesOfClass(metatype) : [];
}

/** A dependency may be wrapped, to be optional or to be looked up late. */
function tokenOf(dependency: unknown): InjectionToken[] {
  if (dependency === undefined || dependency === null) return [];
  if (typeof dependency !== 'object') return [dependency as InjectionToken];
  const { token, forwardRef } = dependency as { token?: unknown; forwardRef?: () => unknown };
  return tokenOf(forwardRef ? forwardRef() : token);
}

/**
 * Follows the dependencies of a provider, as Nest would to make it.
 *
 * @returns the names on the way from it to `target`, both included; undefined if it does not depend on that
 */
export function wayTo(target: Found, start: Found): string[] | undefined {
  const seen = new Set<ProviderWrapper>();
  const goal = wrapperOf(target);
  const follow = (found: Found): string[] | undefined => {
    const wrapper = wrapperOf(found);
    if (!wrapper || seen.has(wrapper)) return undefined;
    seen.add(wrapper);
    const name = showToken(found.token);
    if (wrapper === goal) return [name];
    const rest = firstWay(dependenciesOf(wrapper), found.module, follow);
    return rest && [name, ...rest];
  };
  return follow(start);
}

function firstWay(
  tokens: readonly InjectionToken[],
  module: HostModule,
  follow: (found: Found) => string[] | undefined,
): string[] | undefined {
  for (const token of tokens) {
    const found = findVisible(token, module);
    const way = found && follow(found);
    if (way) return way;
  }
  return undefined;
}

export function wrapperOf({ token, module }: Found): ProviderWrapper | undefined {
  return module.providers.get(token);
}

/** Writes a token for people. */
export function showToken(token: InjectionToken): string {
  return typeof token === 'function' ? token.name : String(token);
}
