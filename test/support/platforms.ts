import type { AddressInfo } from 'node:net';
import type { Server, ServerResponse } from 'node:http';
import type { DynamicModule, INestApplication, Provider, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  CacheModule,
  type CacheConfiguration,
  type CacheModuleOptions,
  type Clock,
} from '../../lib/index.js';
import { HttpClient } from './http-client.js';

/** An HTTP platform of Nest. */
export interface Platform {
  readonly name: 'Express' | 'Fastify';
  adapter(options?: { trustProxy?: boolean }): ExpressAdapter | FastifyAdapter;
}

export const express: Platform = {
  name: 'Express',
  adapter({ trustProxy = false } = {}) {
    const adapter = new ExpressAdapter();
    if (trustProxy)
      adapter.getInstance<{ set(name: string, value: unknown): void }>().set('trust proxy', true);
    return adapter;
  },
};

export const fastify: Platform = {
  name: 'Fastify',
  adapter: ({ trustProxy = false } = {}) => new FastifyAdapter({ trustProxy }),
};

export const platforms: readonly Platform[] = [express, fastify];

/** What Express and Fastify give to handlers alike. */
export interface Reply {
  header(name: string, value: string | number | string[]): unknown;
  status(code: number): unknown;
  send(body?: unknown): unknown;
  readonly raw?: ServerResponse;
}

/** Node's own response. */
export function rawOf(reply: unknown): ServerResponse {
  return (reply as Reply).raw ?? (reply as ServerResponse);
}

export interface ApplicationParts {
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  readonly caches?: Record<string, CacheConfiguration>;
  readonly clock?: Clock;
  /** More options of CacheModule. */
  readonly options?: Pick<CacheModuleOptions, 'pages' | 'site'>;
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly trustProxy?: boolean;
  /** Called before the application listens. */
  readonly prepare?: (app: INestApplication) => unknown;
}

export interface RunningApplication {
  readonly app: INestApplication;
  readonly client: HttpClient;
  close(): Promise<void>;
}

class ApplicationModule {}

/** Starts an application with the caches on a free port of this machine. */
export async function startApplication(
  platform: Platform,
  {
    caches,
    clock,
    controllers = [],
    imports = [],
    options,
    prepare,
    providers = [],
    trustProxy,
  }: ApplicationParts,
): Promise<RunningApplication> {
  const module: DynamicModule = {
    module: ApplicationModule,
    imports: [CacheModule.forRoot({ caches, clock, ...options }), ...imports],
    controllers: [...controllers],
    providers: [...providers],
  };
  const app = await NestFactory.create<INestApplication>(module, platform.adapter({ trustProxy }), {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, client: new HttpClient(port), close: () => app.close() };
}
