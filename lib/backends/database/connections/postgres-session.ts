import type { Outcome, Row, Statement } from '../statements/statement.js';
import { PreparedNames } from './prepared-names.js';
import type { Session } from './session.js';

interface PostgresQuery {
  readonly name?: string | undefined;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly rowMode?: 'array';
}

/** What is used of a client of the package `pg`. */
export interface PostgresClient {
  readonly processID?: number | null;
  readonly connection?: {
    readonly stream?: { destroy(): void };
    readonly parsedStatements?: Record<string, unknown>;
  };
  query(query: PostgresQuery): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number | null }>;
}

/** A connection is lent many times; what is prepared on it stays. */
const preparedOn = new WeakMap<PostgresClient, PreparedNames>();

/** A connection of the package `pg`. */
export class PostgresSession implements Session {
  readonly #prepared: PreparedNames | undefined;

  constructor(
    private readonly client: PostgresClient,
    prepares: boolean,
  ) {
    if (prepares) this.#prepared = namesOn(client);
  }

  get serverId(): number | undefined {
    return this.client.processID ?? undefined;
  }

  async run({ name, text }: Statement, values: readonly unknown[]): Promise<Outcome> {
    let old: string | undefined;
    const query = { name: name && this.#prepared?.of(name, (unused) => (old = unused)), text, values };
    try {
      const { rows, rowCount } = await this.client.query({ ...query, rowMode: 'array' });
      return { rows, changed: rowCount ?? 0, mark: 0 };
    } finally {
      if (old !== undefined) await this.client.query({ text: `DEALLOCATE ${old}` }).catch(() => undefined);
    }
  }

  destroy(): void {
    this.client.connection?.stream?.destroy();
  }
}

function namesOn(client: PostgresClient): PreparedNames {
  const known = preparedOn.get(client);
  if (known) return known;
  const names = new PreparedNames(client);
  preparedOn.set(client, names);
  return names;
}
