import { type Endpoint, nameOf } from './redis-location.js';
import { checkedEndpoint } from './server-address.js';

/** The slots from `first` to `last` and the master that has them. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly endpoint: Endpoint;
}

/**
 * Reads the reply of CLUSTER SLOTS.
 *
 * @param asked who answered; a node that does not know its own name leaves it out
 * @throws {TypeError} if the reply makes no sense
 */
export function readSlots(reply: unknown, asked: Endpoint): SlotRange[] {
  if (!Array.isArray(reply)) throw new TypeError(`${nameOf(asked)} gives no slots`);
  const ranges = reply.map((each): SlotRange => {
    const [first, last, [host, port]] = each as [number, number, [Buffer | string | null, number]];
    return { first, last, endpoint: endpointOf(host, port, asked) };
  });
  if (ranges.length === 0) throw new TypeError(`${nameOf(asked)} knows no master`);
  return ranges;
}

function endpointOf(host: Buffer | string | null | undefined, port: number, asked: Endpoint): Endpoint {
  const name = host?.toString() ?? '';
  if (name !== '' && name !== '?') return checkedEndpoint(name, port);
  if ('path' in asked) return asked;
  return checkedEndpoint(asked.host, port);
}

/** Where a node says that a key is instead. */
export interface Redirection {
  /** The slot has moved for good, or this one command is to be done elsewhere. */
  readonly isForGood: boolean;
  readonly slot: number;
  readonly endpoint: Endpoint;
}

/** Reads `MOVED 3999 127.0.0.1:6381` and `ASK …`; undefined for any other message. */
export function readRedirection(message: string, asked: Endpoint): Redirection | undefined {
  const match = /^(MOVED|ASK) (\d+) (\S*):(\d+)/.exec(message);
  if (!match) return undefined;
  const [, kind, slot, host, port] = match;
  return { isForGood: kind === 'MOVED', slot: Number(slot), endpoint: endpointOf(host, Number(port), asked) };
}
