import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { type Answer, Application, type Question } from './application.js';

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

/** Starts one application for all tests of a file, and returns what asks it. */
export function askingOne(): (path: string, question?: Question) => Promise<Answer> {
  let started: Started | undefined;
  beforeAll(async () => {
    started = await Started.anew();
  });
  afterAll(async () => started?.end());
  return async (path, question) => started!.application.ask(path, question);
}
