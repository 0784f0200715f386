import type { IncomingMessage, Server, ServerResponse } from 'node:http';

type Listener = (this: Server, request: IncomingMessage, response: ServerResponse) => void;

/** Answers a request, or leaves it to those behind. */
export type FirstListener = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Stands before all listeners of an HTTP server that were there: what it does not answer, they get untouched. Requests for upgrades, and those that
 * wait for `100 Continue`, are other events.
 *
 * @returns what takes it away again
 */
export function standBefore(server: Server, first: FirstListener): () => void {
  // With those that are to be called once as what sees to that.
  const behind = server.rawListeners('request') as Listener[];
  server.removeAllListeners('request');
  const [only] = behind;
  const passOn: Listener =
    behind.length === 1
      ? only!
      : function passOnToAll(request, response) {
          for (const listener of behind) listener.call(this, request, response);
        };
  const door: Listener = function answerOrPassOn(request, response) {
    if (!first(request, response)) passOn.call(this, request, response);
  };
  server.on('request', door);
  return () => {
    // Somebody may have put the door behind one of their own.
    if (!server.listeners('request').includes(door)) return;
    const others = server.listeners('request').filter((listener) => listener !== door) as Listener[];
    server.removeAllListeners('request');
    for (const listener of [...behind, ...others]) server.on('request', listener);
  };
}
