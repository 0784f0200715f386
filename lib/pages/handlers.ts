import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

export interface Handler {
  readonly controller: object;
  readonly handler: object;
}

/** Returns the methods of all controllers of the application. */
export function handlersOf(modules: ModulesContainer): Handler[] {
  const scanner = new MetadataScanner();
  const handlers: Handler[] = [];
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, object>;
      for (const name of scanner.getAllMethodNames(prototype))
        handlers.push({ controller: metatype, handler: prototype[name]! });
    }
  }
  return handlers;
}
