import type { Outcome, Row, Statement } from '../statements/statement.js';
import type { Session } from './session.js';

/** What is used of a client of the package `pg`. */
export interface PostgresClient {
  readonly processID?: number | null;
  readonly connection?: { readonly stream?: { destroy(): void } };
  query(query: {
    readonly name: string | undefined;
    readonly text: string;
    readonly values: readonly unknown[];
    readonly rowMode: 'array';
  }): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number | null }>;
}

/** A connection of the package `pg`. */
export class PostgresSession implements Session {
  constructor(
    private readonly client: PostgresClient,
    private readonly prepares: boolean,
  ) {}

  get serverId(): number | undefined {
    return this.client.processID ?? undefined;
  }

  async run({ name, text }: Statement, values: readonly unknown[]): Promise<Outcome> {
    const { rows, rowCount } = await this.client.query({
      name: this.prepares ? name : undefined,
      text,
      values,
      rowMode: 'array',
    });
    return { rows, changed: rowCount ?? 0, mark: 0 };
  }

  destroy(): void {
    this.client.connection?.stream?.destroy();
  }
}
