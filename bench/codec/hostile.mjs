import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIELDS, readTally } from './hostile-tally.mjs';

const CHILD = fileURLToPath(new URL('hostile-child.mjs', import.meta.url));
const HANG_MS = 5000;
const LOOK_EVERY_MS = 100;
/** A format that kills its process so often has shown enough. */
const MAX_DEATHS = 25;

/**
 * Lets a format decode mutations of its own encodings, in processes of their own with little memory. A mutation that ends or blocks its
 * process is counted, and another process goes on after it.
 *
 * @param {string} formatName
 * @param {number} mutations
 * @param {(done: number) => void} onProgress
 */
export async function surviveMutations(formatName, mutations, onProgress) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-hostile-'));
  const file = join(folder, 'tally');
  const total = { begun: 0, refused: 0, same: 0, other: 0, foreignError: 0, heavy: 0, crashed: 0, hung: 0 };
  try {
    while (total.begun < mutations && total.crashed + total.hung < MAX_DEATHS) {
      writeFileSync(file, Buffer.alloc(FIELDS.length * 4));
      const end = await runChild([formatName, String(total.begun), String(mutations), file], (begun) =>
        onProgress(total.begun + begun),
      );
      const tally = readTally(readFileSync(file));
      if (tally.begun === 0) throw new Error(`${formatName}: the process ended before its first mutation.`);
      for (const [field, count] of Object.entries(tally)) total[field] += count;
      if (end !== 'finished') total[end]++;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return total;
}

/** @returns {Promise<'finished' | 'crashed' | 'hung'>} */
function runChild(parameters, onProgress) {
  const file = parameters.at(-1);
  const child = fork(CHILD, parameters, {
    execArgv: ['--max-old-space-size=256', '--expose-gc'],
    // V8 prints pages of its own about a process that runs out of memory.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve) => {
    let lastBegun = 0;
    let movedAt = performance.now();
    let isHung = false;
    const look = setInterval(() => {
      const { begun } = readTally(readFileSync(file));
      if (begun !== lastBegun) movedAt = performance.now();
      lastBegun = begun;
      onProgress(begun);
      if (performance.now() - movedAt < HANG_MS) return;
      isHung = true;
      child.kill('SIGKILL');
    }, LOOK_EVERY_MS);
    child.once('exit', (code) => {
      clearInterval(look);
      if (isHung) resolve('hung');
      else resolve(code === 0 ? 'finished' : 'crashed');
    });
  });
}
