import { messageOf } from '../../core/show.js';
import type { KeptClient } from './client-keeper.js';
import type { MemcachedAddress } from './memcached-location.js';

type Callback<T> = (error: unknown, result: T) => void;

/** What is used of a socket of the package. */
interface PackageSocket {
  once(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  setEncoding(encoding: 'latin1'): unknown;
  setDefaultEncoding(encoding: 'latin1'): unknown;
  destroy(): unknown;
}

type Connect = (server: string, callback: (error: unknown, socket?: PackageSocket) => void) => void;

/** A command as the package queues it. */
export interface Command {
  readonly key: string;
  readonly type: string;
  /** What is sent, without the line end. */
  readonly command: string;
  readonly callback: Callback<boolean | undefined>;
}

/** What is used of the package's client. */
export interface PackageApi {
  getMulti(keys: readonly string[], callback: Callback<Record<string, unknown>>): void;
  command(compile: () => Command): void;
  touch(key: string, lifetime: number, callback: Callback<boolean>): void;
  del(key: string, callback: Callback<boolean>): void;
  incr(key: string, amount: number, callback: Callback<number | boolean>): void;
  decr(key: string, amount: number, callback: Callback<number | boolean>): void;
  flush(callback: Callback<readonly unknown[]>): void;
  settings(callback: Callback<readonly Record<string, unknown>[]>): void;
  end(): void;
  on(event: 'issue', listener: (details: { messages: readonly unknown[] }) => void): unknown;
  connect: Connect;
  rawDataReceived(socket: unknown): unknown;
}

type PackageConstructor = new (server: string, options: Record<string, unknown>) => PackageApi;

const CONNECT_MS = 1000;

/**
 * Nothing is tried again, delayed, counted or revived by the package, which would spawn `ping`: the keeper above does what is needed. One
 * connection takes all commands one behind the other; a pool would only refuse what is over its size.
 */
const OPTIONS = {
  poolSize: 1,
  retries: 0,
  timeout: CONNECT_MS,
  idle: 0,
  failures: Number.MAX_SAFE_INTEGER,
  // The timer that these set holds the process.
  failuresTimeout: 1,
  retry: 1,
  reconnect: 1,
  remove: false,
  maxKeySize: 250,
  maxExpiration: 2 ** 31,
  // Checked before, against what the server says.
  maxValue: Number.MAX_SAFE_INTEGER,
};

/** One instance of the package, for one server. */
export interface PackageClient extends KeptClient {
  readonly api: PackageApi;
}

export async function makePackageClient(
  { host, port }: MemcachedAddress,
  lost: (reason: unknown) => void,
): Promise<PackageClient> {
  const { default: Memcached } = (await import('memcached')) as unknown as { default: PackageConstructor };
  // Without the brackets of IPv6, which the package hands on to the resolver.
  const api = new Memcached(`${host}:${port}`, OPTIONS);
  api.on('issue', ({ messages }) => lost(new Error(messageOf(messages.at(-1)))));
  guardParser(api, lost);
  const destroySockets = watchSockets(api, lost);
  return {
    api,
    destroy: () => {
      api.end();
      destroySockets();
    },
  };
}

/** An answer that makes no sense throws in the package's listener of the socket, where it would end the process. */
function guardParser(api: PackageApi, lost: (reason: unknown) => void): void {
  const parse = api.rawDataReceived;
  api.rawDataReceived = (socket) => {
    try {
      return parse.call(api, socket);
    } catch (error) {
      lost(error);
      return undefined;
    }
  };
}

/** The package forgets the callbacks of a connection that ends; this is where its end can be seen. */
function watchSockets(api: PackageApi, lost: (reason: unknown) => void): () => void {
  const sockets = new Set<PackageSocket>();
  let isOver = false;
  const watch = (socket: PackageSocket): void => {
    sockets.add(socket);
    // The package would send and read UTF-8, in which not every sequence of bytes is a text.
    socket.setEncoding('latin1');
    socket.setDefaultEncoding('latin1');
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      lost(new Error('the connection was closed'));
    });
  };
  const { connect } = api;
  api.connect = (server, callback) => {
    connect.call(api, server, (error, socket) => {
      if (socket && !sockets.has(socket)) watch(socket);
      if (isOver) socket?.destroy();
      callback(error, socket);
    });
  };
  return () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
}
