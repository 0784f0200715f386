import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

export interface Handler {
  readonly controller: object;
  readonly handler: object;
  readonly name: string;
  /** The class of the module, which may put a path before those of its controllers. */
  readonly module: object;
}

/** Returns the methods of all controllers of the application. */
export function handlersOf(modules: ModulesContainer): Handler[] {
  const scanner = new MetadataScanner();
  const handlers: Handler[] = [];
  for (const { controllers, metatype: module } of modules.values()) {
    for (const { metatype: controller } of controllers.values()) {
      if (typeof controller !== 'function') continue;
      const prototype = controller.prototype as Record<string, object>;
      for (const name of scanner.getAllMethodNames(prototype))
        handlers.push({ controller, handler: prototype[name]!, name, module });
    }
  }
  return handlers;
}
