import type { Endpoint } from './redis-location.js';

/** A word of a command. Text goes out as UTF-8. */
export type RedisArgument = string | Buffer;

/** A command of a connection's own: `GET`, a key, … */
export type RedisCommand = readonly RedisArgument[];

/** What this backend uses of a client for one server of the package `redis`. */
export interface RedisClient {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  sendCommand(command: RedisCommand): Promise<unknown>;
  destroy(): void;
  on(event: string, listener: (argument: unknown) => void): unknown;
}

/** How connections are made, whatever the server. */
export interface ConnectionSettings {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: Readonly<Record<string, unknown>> | undefined;
  readonly protocol: 2 | 3;
  readonly connectTimeoutMs: number;
}

interface TemplateClient extends RedisClient {
  duplicate(options: object): RedisClient;
}

interface RedisModule {
  createClient(options: object): TemplateClient;
}

/** The type of a reply that carries bytes, in the protocol's own number. */
const BLOB_STRING = 36;

/** Bytes come as they are, and the guard alone says how long a command may take: a signal per command costs more than the command. */
export const COMMAND_OPTIONS = { typeMapping: { [BLOB_STRING]: Buffer }, timeout: undefined };

let template: Promise<TemplateClient> | undefined;

/** Loads the package on first use. Clients are copies of one, since the package builds a class with all commands for each that is not. */
export function loadClient(): Promise<TemplateClient> {
  template ??= import('redis').then(({ createClient: create }: RedisModule) =>
    create({
      commandOptions: COMMAND_OPTIONS,
      disableOfflineQueue: true,
      maintNotifications: 'disabled',
    }),
  );
  return template;
}

/** Makes a client for one connection: once that has failed, the client is of no further use. */
export function createClient(
  template: TemplateClient,
  endpoint: Endpoint,
  { connectTimeoutMs, database, password, protocol, tls, username }: ConnectionSettings,
  signal: AbortSignal,
): RedisClient {
  return template.duplicate({
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    RESP: protocol,
    socket: {
      ...(tls ? { ...tls, tls: true } : {}),
      ...endpoint,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
      // Ends an attempt to connect, which the client itself cannot once it is under way.
      signal,
    },
  });
}
