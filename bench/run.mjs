import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createHarness } from './harness.mjs';
import { buildLibrary, installPeers } from './preparation.mjs';
import { SUITES } from './suites/index.mjs';

function usage() {
  const suites = Object.entries(SUITES).map(([name, { about }]) => `  ${name.padEnd(14)}${about}`);
  const parts = Object.entries(SUITES).flatMap(([name, { parts = [] }]) =>
    parts.length === 0 ? [] : [`${parts.join(', ')} of ${name}`],
  );
  return [
    'Usage: npm run bench -- <suite> [--quick] [--json FILE] [--only PART]',
    '',
    'Suites:',
    ...suites,
    '',
    'Options:',
    '  --quick       few and short rounds: shows that it runs, too rough to quote',
    '  --json FILE   also writes the comparisons to FILE',
    `  --only PART   runs one part of the suite: ${parts.join('; ')}`,
  ].join('\n');
}

/** @returns {never} */
function refuse(complaint) {
  console.error(`${complaint}\n\n${usage()}`);
  process.exit(1);
}

function readArguments() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        only: { type: 'string' },
      },
    });
  } catch (error) {
    refuse(error.message);
  }
  const { positionals, values } = parsed;
  if (positionals.length !== 1)
    refuse(positionals.length === 0 ? 'Which suite?' : 'Give one suite at a time.');
  const [suite] = positionals;
  if (!Object.hasOwn(SUITES, suite)) refuse(`There is no suite "${suite}".`);
  if (values.json === '') refuse('Option --json needs the name of a file.');
  assertPart(suite, values.only);
  return { suite, isQuick: values.quick, jsonFile: values.json, only: values.only };
}

function assertPart(suite, part) {
  const { parts = [] } = SUITES[suite];
  if (part === undefined || parts.includes(part)) return;
  refuse(`The suite "${suite}" has no part "${part}".`);
}

/** Says that a file cannot be written before minutes are spent on what goes into it. */
function assertWritable(file) {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    refuse(`--json: ${error.message}`);
  }
}

/** Runs this script again in a process that may collect garbage between rounds; returns its exit code. */
function runWithGarbageCollector() {
  const script = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, ['--expose-gc', script, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  return status ?? 1;
}

const { suite, isQuick, jsonFile, only } = readArguments();
if (jsonFile !== undefined) assertWritable(jsonFile);
if (globalThis.gc) {
  const { load, pace } = SUITES[suite];
  const { run } = await load();
  const harness = createHarness(suite, { isQuick, only, pace });
  await run(harness);
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(harness.results, null, 2)}\n`);
} else {
  installPeers();
  buildLibrary();
  process.exitCode = runWithGarbageCollector();
}
