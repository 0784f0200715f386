import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder of the test's own. */
export async function makeTemporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'nestjs-cache-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
