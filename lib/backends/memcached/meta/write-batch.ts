import type { Writable } from 'node:stream';
import type { Exchange } from './exchange.js';

const LINE_END = '\r\n';
/** Up to here copying a payload next to its command is cheaper than a buffer of its own in the write. */
const COPY_UP_TO_BYTES = 16 * 1024;

type Sendable = Pick<Exchange, 'request' | 'payload'>;

/** Hands all requests with their payloads to the socket in one write, in their order. */
export function writeBatch(socket: Writable, batch: readonly Sendable[]): void {
  if (batch.every(({ payload }) => payload === undefined)) {
    socket.write(batch.map(({ request }) => request).join(''), 'latin1');
    return;
  }
  socket.cork();
  for (const run of runsOf(batch)) socket.write(run);
  socket.uncork();
}

/** Joins what is small into buffers, and leaves large payloads as they are. */
function* runsOf(batch: readonly Sendable[]): Generator<Buffer> {
  let small: (string | Buffer)[] = [];
  for (const { request, payload } of batch) {
    small.push(request);
    if (!payload) continue;
    if (payload.length > COPY_UP_TO_BYTES) {
      yield joined(small);
      yield payload;
      small = [];
    } else {
      small.push(payload);
    }
    small.push(LINE_END);
  }
  yield joined(small);
}

function joined(parts: readonly (string | Buffer)[]): Buffer {
  const whole = Buffer.allocUnsafe(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    // Requests are ASCII: a character is a byte.
    at += typeof part === 'string' ? whole.write(part, at, 'latin1') : part.copy(whole, at);
  }
  return whole;
}
