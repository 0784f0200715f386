import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from './application.js';

/** The application on its embedded defaults, with a database of its own. */
export class Started {
  readonly #folder: string;

  private constructor(
    readonly application: Application,
    folder: string,
  ) {
    this.#folder = folder;
  }

  static async anew(): Promise<Started> {
    const folder = await mkdtemp(join(tmpdir(), 'sample-'));
    return new Started(await Application.listening({ DATABASE: join(folder, 'films.sqlite') }), folder);
  }

  async end(): Promise<void> {
    await this.application.stop();
    await rm(this.#folder, { recursive: true });
  }
}
