/**
 * Decodes mutations one after the other and keeps the tally in a file, so that it outlives this process, which a mutation may well end.
 * Arguments: name of the format, number of the first mutation, number after the last, the file.
 */
import { openSync, writeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { formatNamed } from './formats.mjs';
import { FIELDS } from './hostile-tally.mjs';
import { mutate, validEncodings } from './mutations.mjs';

const HEAVY_BYTES = 64 * 1024 ** 2;
const [formatName, first, end, file] = process.argv.slice(2);
const format = formatNamed(formatName);
const decode = format.decodeForeign ?? format.decode;
const encodings = await validEncodings(format);
const output = openSync(file, 'r+');
const tally = new Uint32Array(FIELDS.length);

for (let number = Number(first); number < Number(end); number++) {
  const mutation = mutate(encodings, number);
  count('begun');
  const before = cleanMemory();
  const { outcome, value } = await outcomeOf(mutation);
  if (exceeds(memory(), before, value)) count('heavy');
  count(outcome);
}

function count(field) {
  tally[FIELDS.indexOf(field)]++;
  writeSync(output, tally, 0, tally.byteLength, 0);
}

async function outcomeOf({ bytes, value }) {
  try {
    const came = await decode(bytes);
    return { outcome: isDeepStrictEqual(came, value) ? 'same' : 'other', value: came };
  } catch (error) {
    return { outcome: format.isRefusal(error) ? 'refused' : 'foreignError', value: undefined };
  }
}

/** Garbage of earlier mutations, freed meanwhile, would hide what this one takes. */
function cleanMemory() {
  const before = memory();
  if (before.held < HEAVY_BYTES / 2) return before;
  globalThis.gc();
  return memory();
}

function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return { held: heapUsed + external, peak: process.resourceUsage().maxRSS * 1024 };
}

/** Memory that is held, or that was touched and is free again. `_value` keeps what was decoded alive until here. */
function exceeds(after, before, _value) {
  return after.held - before.held > HEAVY_BYTES || after.peak - before.peak > HEAVY_BYTES;
}
