import type { InjectionToken } from '@nestjs/common';
import { PROPERTY_DEPS_METADATA, SELF_DECLARED_DEPS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';

type Wrapper = { metatype: unknown; inject?: unknown[] | null };

/** Tells whether a provider or controller of the application asks for a token. */
export function isInjected(token: InjectionToken, modules: ModulesContainer): boolean {
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [
      ...providers.values(),
      ...controllers.values(),
      ...injectables.values(),
    ] as Wrapper[]) {
      if (asksFor(wrapper, token)) return true;
    }
  }
  return false;
}

function asksFor({ metatype, inject }: Wrapper, token: InjectionToken): boolean {
  if (
    inject?.some((dependency) => dependency === token || (dependency as { token?: unknown }).token === token)
  )
    return true;
  if (typeof metatype !== 'function') return false;
  const parameters = (Reflect.getMetadata(SELF_DECLARED_DEPS_METADATA, metatype) ?? []) as {
    param: unknown;
  }[];
  const properties = (Reflect.getMetadata(PROPERTY_DEPS_METADATA, metatype) ?? []) as { type: unknown }[];
  return parameters.some(({ param }) => param === token) || properties.some(({ type }) => type === token);
}
