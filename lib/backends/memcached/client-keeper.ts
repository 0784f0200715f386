import { messageOf } from '../../core/show.js';

/** A client library's client for one server, connected. */
export interface KeptClient {
  /** Ends its connection at once; what is pending in it may never settle. */
  destroy(): void;
}

export interface KeeperOptions<Client extends KeptClient> {
  readonly name: string;
  /** Makes a client, which need not be connected. It calls `lost` when it is of no use any more. */
  make(lost: (reason: unknown) => void): Promise<Client>;
  /** Waits for an answer of the server. */
  greet(client: Client): Promise<void>;
  /** A client that answered once is lost. */
  readonly onLost?: ((reason: Error) => void) | undefined;
}

interface Pending {
  readonly since: number;
  readonly isChange: boolean;
  readonly reject: (reason: unknown) => void;
}

interface Session<Client> {
  readonly client: Client;
  readonly pending: Set<Pending>;
  lastAnswerAt: number;
  /** Another client has taken its place; it ends with its last answer. */
  isReplaced: boolean;
}

const OPENING_MS = 1000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 500;
/** A client that owes answers and gave none for so long will give none. */
const STUCK_MS = 1000;

/**
 * Keeps a client of one server at work. The libraries lose callbacks when a connection ends, and some of them never recover; so a client
 * that fails is thrown away whole, all that waits for it is told, and another is made.
 */
export class ClientKeeper<Client extends KeptClient> {
  #session: Session<Client> | undefined;
  /** Those that still owe answers. */
  readonly #replaced = new Set<Session<Client>>();
  #opening: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #lastReason = 'not connected yet';
  #isInDoubt = false;
  #isClosed = false;

  constructor(private readonly options: KeeperOptions<Client>) {}

  /** Begins to connect; settles with the first outcome and goes on trying. */
  async connect(): Promise<void> {
    if (this.#session) return;
    clearTimeout(this.#retry);
    await (this.#opening ??= this.#open());
  }

  /** Runs an operation on the present client; rejects at once if there is none. */
  run<T>(operation: (client: Client) => Promise<T>, { isChange }: { isChange: boolean }): Promise<T> {
    const session = this.#session;
    if (!session) return Promise.reject(new Error(`${this.options.name}: ${this.#lastReason}`));
    return new Promise((resolve, reject) => {
      const pending: Pending = { since: performance.now(), isChange, reject };
      session.pending.add(pending);
      const settle = (): void => {
        session.pending.delete(pending);
        session.lastAnswerAt = performance.now();
        if (session.isReplaced && session.pending.size === 0) session.client.destroy();
      };
      attempt(operation, session.client).then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }

  /** Makes sure that there is a client; a silent one is replaced. */
  async ensure(): Promise<void> {
    const session = this.#session;
    if (session && isStuck(session)) this.#lose(session, new Error(`no answer for ${STUCK_MS} ms`));
    await this.connect();
  }

  /** Replaces the client by a new one; what is pending is still answered by the old one. */
  async replace(): Promise<void> {
    const old = this.#session;
    if (!old || this.#opening) return;
    await (this.#opening = this.#open());
    old.isReplaced = true;
    if (old.pending.size === 0) old.client.destroy();
    else this.#replaced.add(old);
  }

  takeDoubt(): boolean {
    const isInDoubt = this.#isInDoubt;
    this.#isInDoubt = false;
    return isInDoubt;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#lastReason = 'closed';
    const sessions = this.#session ? [this.#session, ...this.#replaced] : [...this.#replaced];
    this.#session = undefined;
    for (const session of sessions) this.#end(session, new Error(`${this.options.name}: closed`));
  }

  async #open(): Promise<void> {
    try {
      this.#session = await this.#openInTime();
      this.#failures = 0;
    } catch (error) {
      this.#lastReason = messageOf(error);
      this.#retryLater();
      throw new Error(`${this.options.name}: ${this.#lastReason}`, { cause: error });
    } finally {
      this.#opening = undefined;
    }
  }

  async #openInTime(): Promise<Session<Client>> {
    const { make, greet } = this.options;
    if (this.#isClosed) throw new Error('closed');
    let session: Session<Client> | undefined = undefined as Session<Client> | undefined;
    let early: unknown;
    const client = await make((reason) => {
      early ??= reason;
      if (session) this.#lose(session, reason);
    });
    try {
      await inTime(greet(client));
      if (this.#isClosed) throw new Error('closed');
      if (early !== undefined) throw new Error(messageOf(early));
    } catch (error) {
      client.destroy();
      throw error;
    }
    session = { client, pending: new Set(), lastAnswerAt: performance.now(), isReplaced: false };
    return session;
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
    this.#retry = setTimeout(
      () => {
        // The failure is told where somebody asks.
        this.connect().catch(() => undefined);
      },
      pauseMs * (0.75 + Math.random() / 2),
    );
    this.#retry.unref();
  }

  #lose(session: Session<Client>, reason: unknown): void {
    const error = new Error(`${this.options.name}: ${messageOf(reason)}`, { cause: reason });
    const isCurrent = session === this.#session;
    if (isCurrent) {
      this.#session = undefined;
      this.#lastReason = messageOf(reason);
      this.#retryLater();
    }
    this.#end(session, error);
    if (isCurrent) this.options.onLost?.(error);
  }

  #end(session: Session<Client>, error: Error): void {
    this.#replaced.delete(session);
    session.client.destroy();
    for (const { isChange, reject } of session.pending) {
      if (isChange) this.#isInDoubt = true;
      reject(error);
    }
    session.pending.clear();
  }
}

async function attempt<Client, T>(operation: (client: Client) => Promise<T>, client: Client): Promise<T> {
  return operation(client);
}

function isStuck({ pending, lastAnswerAt }: Session<unknown>): boolean {
  const [oldest] = pending;
  return oldest !== undefined && performance.now() - Math.max(lastAnswerAt, oldest.since) > STUCK_MS;
}

async function inTime(greeting: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${OPENING_MS} ms`)), OPENING_MS);
  });
  try {
    await Promise.race([greeting, late]);
  } finally {
    clearTimeout(timer);
  }
}
