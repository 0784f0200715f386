import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../lib/cli/run.js';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));
const REGISTER = new URL('../support/typescript/register.mjs', import.meta.url).href;
const TYPEORM = createRequire(import.meta.url).resolve('typeorm');

/** How long a test may take that runs a few processes, on a machine that is busy with other tests. */
export const PROCESSES_TAKE_MS = 60_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `nestjs-cache` in a folder, and waits for its end. */
export async function nestjsCache(args: readonly string[], cwd = process.cwd()): Promise<Ran> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', REGISTER, MAIN, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

/** As `nestjsCache`, but in this process: for what comes before any module is loaded. */
export async function nestjsCacheHere(args: readonly string[]): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    print: (line) => void (stdout += `${line}\n`),
    complain: (line) => void (stderr += `${line}\n`),
  });
  return { code, stdout, stderr };
}

/** Writes a module, in which `DataSource` is that of TypeORM. */
export async function writeModule(folder: string, name: string, text: string): Promise<string> {
  const typeorm = JSON.stringify(TYPEORM);
  const load = name.endsWith('.cjs')
    ? `const { DataSource } = require(${typeorm});`
    : `import { createRequire } from 'node:module'; const { DataSource } = createRequire(import.meta.url)(${typeorm});`;
  await writeFile(join(folder, name), `${load}\n${text}`);
  return name;
}
