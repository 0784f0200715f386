import type { Query } from '../statements/statement.js';

/** Who waits for a connection. */
export interface Waiting<Connection> {
  readonly query: Query<unknown> | undefined;
  go(connection: Connection): void;
  /** Is given the answer of a statement that others waited for as well. */
  answer(value: unknown): void;
  fail(error: unknown): void;
}

/** A statement for several that waited. */
export interface Together<Connection> {
  readonly query: Query<readonly unknown[]>;
  readonly parts: readonly Waiting<Connection>[];
}

/** Those who wait for a connection, in order. What is alike among it goes out as one statement, so that a burst takes few of them. */
export class WaitingLine<Connection> {
  #line: Waiting<Connection>[] = [];

  push(waiting: Waiting<Connection>): void {
    this.#line.push(waiting);
  }

  /** Whose turn it is, alone. */
  next(): Waiting<Connection> | undefined {
    return this.#line.shift();
  }

  /** All, who wait no more. */
  takeAll(): Waiting<Connection>[] {
    return this.#line.splice(0);
  }

  /** Whose turn it is, with others that its statement can be joined with; undefined if it goes alone. */
  nextTogether(): Together<Connection> | undefined {
    const join = this.#line[0]?.query?.join;
    if (!join || this.#line.length < 2) return undefined;
    const found = this.#line.filter(({ query }) => query?.join?.kind === join.kind);
    const parts = found.slice(0, join.kind.most(found.length));
    if (parts.length < 2) return undefined;
    const taken = new Set(parts);
    this.#line = this.#line.filter((waiting) => !taken.has(waiting));
    return { query: join.kind.together(parts.map(({ query }) => query!.join!.part)), parts };
  }
}
