/** How long a prepared statement is used before it is prepared anew. */
const RENEWED_AFTER_MS = 1000;

interface Name {
  readonly name: string;
  readonly until: number;
}

/** What is used of a client of the package `pg`, which remembers what it has prepared. */
interface Preparing {
  readonly connection?: { readonly parsedStatements?: Record<string, unknown> };
}

/**
 * The names under which statements are prepared on a connection to PostgreSQL. After some uses the server keeps its plan until the table is analyzed again: one
 * that was made while the table was small reads all of it for a minute or more after it has grown. A new name means a new plan.
 */
export class PreparedNames {
  readonly #names = new Map<string, Name>();
  #count = 0;

  constructor(private readonly client: Preparing) {}

  /**
   * Returns the name to use now.
   *
   * @param forget told a name that is not used any more
   */
  of(statement: string, forget: (name: string) => void): string {
    const now = performance.now();
    const known = this.#names.get(statement);
    if (known && known.until > now) return known.name;
    const name = `${statement}_${++this.#count}`;
    this.#names.set(statement, { name, until: now + RENEWED_AFTER_MS });
    if (known) {
      delete this.client.connection?.parsedStatements?.[known.name];
      forget(known.name);
    }
    return name;
  }
}
