import type { KeptClient } from './client-keeper.js';
import type { MemcachedAddress } from './memcached-location.js';

/** What is used of an answer of the server. */
export interface BinaryAnswer {
  readonly header: { readonly status: number };
  readonly val: Buffer;
}

interface MemjsSocket {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

/** What is used of a server object of the package. */
interface MemjsServerObject {
  username: string | undefined;
  password: string | undefined;
  _socket?: MemjsSocket | undefined;
  error(reason: unknown): void;
  sock(isSasl: boolean, go: (socket: MemjsSocket) => void): void;
}

/** What is used of the package's client. */
export interface MemjsApi {
  readonly seq: number;
  get(key: string): Promise<{ value: Buffer | null }>;
  set(key: string, value: Buffer, options: { expires: number }): Promise<boolean>;
  add(key: string, value: Buffer, options: { expires: number }): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  touch(key: string, expires: number): Promise<boolean>;
  flush(): Promise<unknown>;
  statsWithKey(
    key: string,
    callback: (error: unknown, server: string, stats: Record<string, string> | null) => void,
  ): void;
  incrSeq(): void;
  perform(
    key: string,
    request: Buffer,
    seq: number,
    callback: (error: unknown, answer: BinaryAnswer) => void,
  ): void;
}

/** What is used of the package. */
interface MemjsModule {
  readonly Client: new (servers: readonly MemjsServerObject[], options: object) => MemjsApi;
  readonly Server: new (
    host: string | undefined,
    port: number | undefined,
    username: string | undefined,
    password: string | undefined,
    options: object,
  ) => MemjsServerObject;
  readonly Utils: {
    makeRequestBuffer(opcode: number, key: string, extras: Buffer, value: string, seq: number): Buffer;
  };
}

export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** One client of the package, for one server. */
export interface MemjsClient extends KeptClient {
  readonly api: MemjsApi;
  readonly makeRequest: MemjsModule['Utils']['makeRequestBuffer'];
}

/** Longer than any deadline above: what is slower than this has a dead connection. */
const ANSWER_SECONDS = 5;
const CONNECT_SECONDS = 1;

/** Each is needed: the package writes to the console, tries again, and has an end for entries of its own unless told otherwise. */
const clientOptions = { expires: 0, retries: 0, failover: false, logger: { log: (): void => undefined } };
const serverOptions = {
  timeout: ANSWER_SECONDS,
  conntimeout: CONNECT_SECONDS,
  keepAlive: true,
  keepAliveDelay: 30,
};

export async function makeMemjsClient(
  { host, port }: MemcachedAddress,
  credentials: Credentials,
  lost: (reason: unknown) => void,
): Promise<MemjsClient> {
  const { Client, Server, Utils } = await loadMemjs();
  const server = new Server(host, port, undefined, undefined, { ...serverOptions });
  // The constructor takes what is missing from MEMCACHIER_USERNAME and the like.
  server.username = credentials.username;
  server.password = credentials.password;
  const destroy = watchSockets(server, lost);
  return {
    api: new Client([server], { ...clientOptions }),
    makeRequest: Utils.makeRequestBuffer,
    destroy,
  };
}

async function loadMemjs(): Promise<MemjsModule> {
  const loaded = (await import('memjs')) as unknown as MemjsModule & { default?: MemjsModule };
  return loaded.default ?? loaded;
}

/**
 * Tells when a connection fails or ends. The package keeps half an answer of an old connection and reads the new one as its rest, so
 * nothing of it is used again.
 */
function watchSockets(server: MemjsServerObject, lost: (reason: unknown) => void): () => void {
  const sockets = new Set<MemjsSocket>();
  const watch = (socket: MemjsSocket): void => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      lost(new Error('the connection was closed'));
    });
  };
  const { error, sock } = server;
  server.error = (reason) => {
    error.call(server, reason);
    lost(reason);
  };
  server.sock = (isSasl, go) => {
    sock.call(server, isSasl, go);
    const { _socket: socket } = server;
    if (socket && !sockets.has(socket)) watch(socket);
  };
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
