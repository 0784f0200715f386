import type { Query } from '../statements/statement.js';
import type { QueryRunnerLike } from './data-source.js';
import { release } from './release.js';
import type { Session } from './session.js';

/** A question whether a database answers, on a connection of its own. */
export class Probe {
  #session: Session | undefined;
  #isGivenUp = false;

  constructor(private readonly runner: QueryRunnerLike) {}

  async run(query: Query<unknown>, open: (runner: QueryRunnerLike) => Promise<Session>): Promise<void> {
    try {
      this.#session = await open(this.runner);
      if (this.#isGivenUp) throw new Error('the probe was given up');
      await this.#session.run(query.statement, query.values);
    } finally {
      release(this.runner);
      this.#session = undefined;
    }
  }

  giveUp(): void {
    this.#isGivenUp = true;
    this.#session?.destroy();
  }
}
