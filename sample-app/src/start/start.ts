import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CacheRegistry } from 'nestjs-cache-framework';
import { AppModule } from '../app.module.js';
import { prepareDatabase } from '../database/prepare-database.js';
import { Progress } from '../database/progress.js';
import { ErrorPageFilter } from '../site/error-page.filter.js';
import { readSettings, type Settings } from './settings.js';
import { codeOf, messageOf, StartUpError } from './start-up-error.js';

/** Tells of a cache server that is away. A failure it would print with its stack; main.ts prints the sentence. */
class StartLogger extends ConsoleLogger {
  override error(): void {}
  override fatal(): void {}
}

/** Prepares the database, builds the application, listens, and says where. */
export async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = readSettings(env);
  await prepareDatabase(settings, new Progress(process.stdout));
  const app = await createApp(settings);
  await listen(app, settings);
  app.useLogger(new ConsoleLogger({ logLevels: ['log'] }));
  const { port } = app.getHttpServer().address() as { port: number };
  console.log(`Caches: ${describeCaches(app)}.`);
  console.log(`Listening on http://localhost:${port} (open it in a browser; Ctrl+C stops it)`);
}

async function createApp(settings: Settings): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings), {
    abortOnError: false,
    logger: new StartLogger({ logLevels: ['warn'] }),
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  // Pages that are worth an ETag say so by a decorator; Express would make one for every answer.
  app.disable('etag');
  app.useGlobalFilters(new ErrorPageFilter());
  app.enableShutdownHooks();
  return app;
}

async function listen(app: NestExpressApplication, { port, host }: Settings): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw new StartUpError(reasonNotToListen(error, port, host), { cause: error });
  }
}

function reasonNotToListen(error: unknown, port: number, host: string): string {
  if (codeOf(error) === 'EADDRINUSE')
    return `Port ${port} is taken by another program; stop that one or choose another port, such as PORT=${anotherPort(port)}.`;
  if (codeOf(error) === 'EACCES')
    return `Port ${port} needs rights that this user lacks; choose one above 1023, such as PORT=3000.`;
  return `Cannot listen on port ${port} of ${host} (${messageOf(error)}); set PORT and HOST to an address of this machine.`;
}

function anotherPort(port: number): number {
  return port < 65_535 ? port + 1 : port - 1;
}

function describeCaches(app: NestExpressApplication): string {
  const descriptions = app.get(CacheRegistry).descriptions;
  return [...descriptions].map(([alias, description]) => `${alias} (${description})`).join(', ');
}
