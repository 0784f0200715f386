import { Duplex } from 'node:stream';
import { MetaServer, type MetaServerOptions } from '../../../../lib/backends/memcached/meta/meta-server.js';

/** A socket whose other end is the test. */
export class ScriptedSocket extends Duplex {
  /** What was written, one entry for each write of the platform. */
  readonly writes: string[] = [];

  constructor() {
    super({ read: () => undefined });
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.writes.push(typeof chunk === 'string' ? chunk : chunk.toString('latin1'));
    done();
    void encoding;
  }

  override _writev(chunks: { chunk: Buffer | string }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString('latin1')).join(''));
    done();
  }

  answer(text: string): void {
    this.push(Buffer.from(text, 'latin1'));
  }

  /** Returns the marks of all commands so far, in their order. */
  get marks(): string[] {
    return this.writes.flatMap((text) => [...text.matchAll(/ (O\d+)\r\n/g)].map(([, mark]) => mark!));
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const GREETING = 'EN O1\r\nVERSION 1.6.18\r\n';

/** Opens a server whose first connection is greeted as told; later ones are never answered. */
export async function scripted(
  options: MetaServerOptions = {},
  greeting = GREETING,
): Promise<{ server: MetaServer; socket: ScriptedSocket; sockets: ScriptedSocket[] }> {
  const sockets: ScriptedSocket[] = [];
  const server = new MetaServer(
    { name: 'scripted:1' },
    {
      connections: 1,
      dial: () => {
        const made = new ScriptedSocket();
        sockets.push(made);
        return made;
      },
      ...options,
    },
  );
  const connecting = server.connect();
  await turn();
  const socket = sockets[0]!;
  socket.answer(greeting);
  await connecting;
  socket.writes.length = 0;
  return { server, socket, sockets };
}
