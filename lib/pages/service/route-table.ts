import type { RequestMethod } from '@nestjs/common';
import {
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
  type VersionValue,
} from '@nestjs/common/internal';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import { type Handler, handlersOf } from '../rules/handlers.js';
import { PathTemplate } from './path-template.js';

/** One path under which a handler is reached. */
export interface Route {
  readonly controller: object;
  readonly handler: object;
  readonly name: string;
  readonly method: RequestMethod;
  readonly path: PathTemplate;
  /** For which version of the application it stands; undefined where it says nothing. */
  readonly version: VersionValue | undefined;
}

/** Returns the routes of all controllers, with global prefix, module paths and versions in them, as Nest registers them. */
export function routesOf(modules: ModulesContainer, config: ApplicationConfig): Route[] {
  const paths = new RoutePathFactory(config);
  return handlersOf(modules).flatMap((handler) => routesOfHandler(handler, modules, config, paths));
}

function routesOfHandler(
  { controller, handler, module, name }: Handler,
  modules: ModulesContainer,
  config: ApplicationConfig,
  paths: RoutePathFactory,
): Route[] {
  const methodPath = pathsOf(handler);
  if (!methodPath) return [];
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod;
  const versioningOptions = config.getVersioning();
  const controllerVersion = controllerVersionOf(controller, config);
  const templates = (pathsOf(controller) ?? ['/']).flatMap((ctrlPath) =>
    methodPath.flatMap((path) =>
      paths.create(
        {
          ctrlPath,
          methodPath: path,
          ...given('modulePath', modulePathOf(module, modules)),
          ...given('globalPrefix', config.getGlobalPrefix() || undefined),
          ...given('controllerVersion', controllerVersion),
          ...given('methodVersion', versionOf(handler)),
          ...given('versioningOptions', versioningOptions),
        },
        method,
      ),
    ),
  );
  return [...new Set(templates)].map((template) => ({
    controller,
    handler,
    name,
    method,
    path: new PathTemplate(template),
    version: versionOf(handler) ?? controllerVersion,
  }));
}

function given<Name extends string, T>(name: Name, value: T | undefined): Partial<Record<Name, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, T>);
}

function pathsOf(place: object): string[] | undefined {
  const path = Reflect.getMetadata(PATH_METADATA, place) as string | string[] | undefined;
  if (path === undefined) return undefined;
  return (Array.isArray(path) ? path : [path]).map((each) => (each.startsWith('/') ? each : `/${each}`));
}

function modulePathOf(module: object, modules: ModulesContainer): string | undefined {
  const ofApplication: unknown = Reflect.getMetadata(MODULE_PATH + modules.applicationId, module);
  return (ofApplication ?? Reflect.getMetadata(MODULE_PATH, module)) as string | undefined;
}

function versionOf(place: object): VersionValue | undefined {
  return Reflect.getMetadata(VERSION_METADATA, place) as VersionValue | undefined;
}

function controllerVersionOf(controller: object, config: ApplicationConfig): VersionValue | undefined {
  const versioning = config.getVersioning();
  return versioning && (versionOf(controller) ?? versioning.defaultVersion);
}
