import type { Outcome, Row, Statement } from '../statements/statement.js';
import type { QueryRunnerLike } from './data-source.js';
import type { Session } from './session.js';

/** A connection that only TypeORM knows how to use: sql.js, which it may write to a file after each change. */
export class RunnerSession implements Session {
  readonly serverId = undefined;

  constructor(private readonly runner: QueryRunnerLike) {}

  async run({ text }: Statement, values: readonly unknown[]): Promise<Outcome> {
    const result = (await this.runner.query(text, [...values], true)) as {
      readonly records?: readonly object[];
      readonly affected?: number;
    };
    const rows: Row[] = (result.records ?? []).map((record) => Object.values(record));
    return { rows, changed: result.affected ?? rows.length, mark: 0 };
  }

  destroy(): void {}
}
