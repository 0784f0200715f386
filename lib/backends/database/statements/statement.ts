/** A text that is sent many times with different values. */
export interface Statement {
  /** Under which the server keeps it prepared; undefined for one that is not worth it, as its text depends on the number of its values. */
  readonly name: string | undefined;
  readonly text: string;
}

/** A row, in the order of the columns asked for. Numbers may come as text, bytes as Uint8Array. */
export type Row = readonly unknown[];

/** What became of a statement. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** Rows inserted, changed or deleted. */
  readonly changed: number;
  /** On MySQL and MariaDB, what the statement gave to `LAST_INSERT_ID(…)`; 0 elsewhere. */
  readonly mark: number;
}

/** A statement with its values, and what its outcome means. */
export interface Query<T> {
  readonly statement: Statement;
  readonly values: readonly unknown[];
  answer(outcome: Outcome): T;
  /** How it goes out with others of its kind, where many wait for a connection. */
  readonly join?: Join<unknown, T> | undefined;
}

/** A kind of queries that make one statement together. */
export interface JoinKind<Part, T> {
  /** Returns how many of those that wait are to go together. */
  most(waiting: number): number;
  /** Returns the query for all, whose answer has one element for each. */
  together(parts: readonly Part[]): Query<readonly T[]>;
}

/** What a query is in a statement of several. */
export interface Join<Part, T> {
  readonly kind: JoinKind<Part, T>;
  readonly part: Part;
}
