import type { StoredEntry } from '../../lib/index.js';
import { SmallestBackend } from '../support/smallest-backend.js';

/** One operation that a test holds back. */
export interface Gate {
  /** Resolves when the operation was asked for. */
  readonly reached: Promise<void>;
  open(): void;
}

interface Held extends Gate {
  readonly operation: RegExp;
  /** What is held back is the answer: the operation itself was done. */
  readonly isAnswer: boolean;
  readonly reach: () => void;
  readonly opened: Promise<void>;
}

/** A backend whose operations a test watches, holds back and lets fail. All caches of a process share the controls; `forget` them between tests. */
export class GatedBackend extends SmallestBackend {
  /** What was asked, in order: `insert :1:key`. */
  static readonly asked: string[] = [];
  static readonly #held: Held[] = [];
  /** Operations that fail. */
  static failing: RegExp | undefined;

  static forget(): void {
    GatedBackend.asked.length = 0;
    GatedBackend.#held.length = 0;
    GatedBackend.failing = undefined;
    SmallestBackend.stores.clear();
  }

  /** Holds back the next operation that looks like this. */
  static hold(operation: RegExp): Gate {
    return GatedBackend.#hold(operation, false);
  }

  /** Holds back the answer to the next operation that looks like this. */
  static holdAnswer(operation: RegExp): Gate {
    return GatedBackend.#hold(operation, true);
  }

  static #hold(operation: RegExp, isAnswer: boolean): Gate {
    let reach!: () => void;
    let open!: () => void;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const opened = new Promise<void>((resolve) => (open = resolve));
    const held = { operation, isAnswer, reach, reached, open, opened };
    GatedBackend.#held.push(held);
    return held;
  }

  override async read(key: string): Promise<StoredEntry | undefined> {
    return GatedBackend.pass(`read ${key}`, () => super.read(key));
  }

  async readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    return GatedBackend.pass(`readMany ${keys.join(' ')}`, async () => {
      const found = new Map<string, StoredEntry>();
      for (const key of keys) {
        const entry = await super.read(key);
        if (entry) found.set(key, entry);
      }
      return found;
    });
  }

  override async write(key: string, payload: Buffer, expiresAt: number | null): Promise<void> {
    return GatedBackend.pass(`write ${key}`, () => super.write(key, payload, expiresAt));
  }

  override async insert(key: string, payload: Buffer, expiresAt: number | null): Promise<boolean> {
    return GatedBackend.pass(`insert ${key}`, () => super.insert(key, payload, expiresAt));
  }

  async replace(key: string, expected: Buffer, payload: Buffer, expiresAt: number | null): Promise<boolean> {
    return GatedBackend.pass(`replace ${key}`, async () => {
      const present = await super.read(key);
      if (!present?.payload.equals(expected)) return false;
      await super.write(key, payload, expiresAt);
      return true;
    });
  }

  override async remove(key: string): Promise<boolean> {
    return GatedBackend.pass(`remove ${key}`, () => super.remove(key));
  }

  /** @internal */
  static async pass<T>(operation: string, run: () => Promise<T>): Promise<T> {
    GatedBackend.asked.push(operation);
    if (GatedBackend.failing?.test(operation)) throw new Error('refused');
    await GatedBackend.#gate(operation, false);
    const answer = await run();
    await GatedBackend.#gate(operation, true);
    return answer;
  }

  static async #gate(operation: string, isAnswer: boolean): Promise<void> {
    const index = GatedBackend.#held.findIndex(
      (held) => held.isAnswer === isAnswer && held.operation.test(operation),
    );
    if (index < 0) return;
    const [held] = GatedBackend.#held.splice(index, 1);
    held!.reach();
    await held!.opened;
  }
}
