import { messageOf } from '../../../core/show.js';
import type { Statement } from '../statements/statement.js';
import type { DataSourceLike, QueryRunnerLike } from './data-source.js';

/** Tells the log of a data source what is sent, as TypeORM does for its own statements. */
export class StatementLog {
  constructor(private readonly dataSource: DataSourceLike) {}

  sent({ text }: Statement, values: readonly unknown[], runner: QueryRunnerLike): void {
    if (this.#isOn) this.dataSource.logger.logQuery(text, values.map(shown), runner as never);
  }

  failed({ text }: Statement, values: readonly unknown[], runner: QueryRunnerLike, error: unknown): void {
    if (this.#isOn)
      this.dataSource.logger.logQueryError(messageOf(error), text, values.map(shown), runner as never);
  }

  /** A logger of the user's own decides for itself. */
  get #isOn(): boolean {
    const { logger, logging } = this.dataSource.options;
    return Boolean(logging) || typeof logger === 'object';
  }
}

/** Values are as long as what is cached, and nobody's business. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return value instanceof Uint8Array ? `(${value.length} bytes)` : value;
}
