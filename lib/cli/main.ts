#!/usr/bin/env node
import { run } from './run.js';

// Whoever reads the output may have read enough.
process.stdout.on('error', () => process.exit());

const code = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});

// Timers and connections of the given file would keep the process running.
process.stdout.write('', () => {
  process.stderr.write('', () => process.exit(code));
});
