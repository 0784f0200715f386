import { messageOf } from '../../core/show.js';
import { Link } from './link.js';
import type { ConnectionSettings } from './redis-client.js';
import { type Endpoint, nameOf } from './redis-location.js';

/** How often a replica is asked whether it still hears of what the leader is told. */
const CHECK_EVERY_MS = 500;

/** A replica, and whether it follows its leader: one that is cut off would answer what was true long ago. */
export class ReplicaState {
  readonly link: Link;
  #follows = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    endpoint: Endpoint,
    settings: ConnectionSettings,
    private readonly lost: (name: string, reason: unknown) => void,
  ) {
    const name = nameOf(endpoint);
    this.link = new Link(name, () => endpoint, settings, {
      lost: (reason) => {
        this.#follows = false;
        lost(name, reason);
      },
      ready: () => this.#checkNow(),
    });
  }

  get isUsable(): boolean {
    return this.#follows && this.link.isReady;
  }

  async open(): Promise<void> {
    await this.link.connect();
    await this.check();
  }

  /** Returns why the replica is of no use, undefined if it is. */
  async check(): Promise<string | undefined> {
    const reason = await this.#reason();
    if (this.#isClosed) return reason;
    const didFollow = this.#follows;
    this.#follows = reason === undefined;
    if (didFollow && reason !== undefined) this.lost(this.link.name, new Error(reason));
    return reason;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.link.close();
  }

  async #reason(): Promise<string | undefined> {
    let role: unknown;
    try {
      role = await this.link.send(['ROLE']);
    } catch (error) {
      // Who may not ask has to believe.
      return messageOf(error).startsWith('NOPERM') ? undefined : messageOf(error);
    }
    const [kind, , , state] = (Array.isArray(role) ? role : [role]).map(String);
    if (kind !== 'slave') return `${this.link.name} is no replica`;
    return state === 'connected' ? undefined : `${this.link.name} has lost its leader`;
  }

  #checkNow(): void {
    clearTimeout(this.#timer);
    const again = (): void => {
      if (this.#isClosed || !this.link.isReady) return;
      this.#timer = setTimeout(() => this.#checkNow(), CHECK_EVERY_MS);
      this.#timer.unref();
    };
    void this.check().finally(again);
  }
}
