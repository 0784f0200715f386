/** A wait that can be ended. */
export interface Patience {
  end(): void;
}

/**
 * Calls back after a time, unless the wait is ended before. What lies in the sockets unread when the time is over is read first: an event
 * loop that was blocked is not the server's fault. Keeps no process running.
 */
export function afterPoll(ms: number, isOver: () => void): Patience {
  let isEnded = false;
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (!isEnded) isOver();
    }).unref();
  }, ms);
  timer.unref();
  return {
    end: () => {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}

/**
 * Waits for a promise, but not longer than this; what comes of it later is nobody's concern.
 *
 * @param late makes the error for a wait that was too long
 */
export async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const patience = afterPoll(ms, () => reject(late()));
    promise.then(resolve, reject).finally(() => patience.end());
  });
}

/** Waits for a promise, but not longer than this: undefined then, and what comes of it later is nobody's concern. */
export async function atMost<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise<T | undefined>((resolve, reject) => {
    const patience = afterPoll(ms, () => resolve(undefined));
    promise.then(resolve, reject).finally(() => patience.end());
  });
}
