import type { ServerResponse } from 'node:http';

type Call = (...given: unknown[]) => unknown;

/** The methods of a response after which its client may take the answer for given. */
const SENDING = ['flushHeaders', 'write', 'end'] as const;

/**
 * Holds back what a handler that answers by itself sends, until something has been done first.
 *
 * @param first called once, when the handler begins to answer
 * @param failed called if that fails; what was held is dropped
 */
export function holdAnswer(
  response: ServerResponse,
  first: () => Promise<void>,
  failed: (error: unknown) => void,
): void {
  let held: (() => unknown)[] | undefined;
  let isReleased = false;
  const release = (): void => {
    isReleased = true;
    for (const send of held ?? []) send();
    // Whoever was told to wait goes on.
    if (!response.writableEnded && !response.writableNeedDrain) response.emit('drain');
  };
  const drop = (error: unknown): void => {
    isReleased = true;
    failed(error);
  };
  for (const method of SENDING) {
    const original = response[method] as Call;
    const hold: Call = (...given) => {
      if (isReleased) return original.apply(response, given);
      const isFirst = held === undefined;
      held ??= [];
      held.push(() => original.apply(response, given));
      if (isFirst) void first().then(release, drop);
      return method === 'write' ? false : response;
    };
    Object.assign(response, { [method]: hold });
  }
}

/** Tells the client that its request failed, as far as that can still be told. */
export function answerFailure(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = 500;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify({ statusCode: 500, message: 'Internal server error' }));
}
