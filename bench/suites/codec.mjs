import { FORMATS, others, ours } from '../codec/formats.mjs';
import { surviveMutations } from '../codec/hostile.mjs';
import { bytes100kB, richObject } from '../codec/samples.mjs';
import { fidelity, VALUE_KINDS } from '../codec/value-kinds.mjs';
import { largeObject, smallObject, smallText } from '../samples.mjs';
import { grouped, ratioText } from '../table.mjs';

const VALUES = {
  string: smallText,
  'small object': smallObject,
  '10 kB object': largeObject,
  'object with Date, Map, Set, bigint': richObject,
  '100 kB Buffer': bytes100kB,
};
const VALUE_COUNT = 50;
const MUTATIONS = 20_000;
const QUICK_MUTATIONS = 2000;

/** @param {import('../harness.mjs').Harness} harness */
export async function run(harness) {
  harness.table(
    'Speed, operations per second; ratio = ours / theirs, median (quartiles)',
    await speedRows(harness),
  );
  harness.table('Encoded size in bytes', sizeRows());
  harness.table('Fidelity: what comes back', fidelityRows());
  const mutations = harness.isQuick ? QUICK_MUTATIONS : MUTATIONS;
  harness.table(
    `Hostile bytes: ${grouped(mutations)} mutations of valid encodings, decoded in processes of 256 MB`,
    await hostileRows(harness, mutations),
  );
}

async function speedRows(harness) {
  const rows = [];
  for (const direction of ['encode', 'decode']) {
    for (const [valueName, make] of Object.entries(VALUES)) {
      const values = Array.from({ length: VALUE_COUNT }, (_, number) => make(number));
      for (const peer of others) rows.push(await speedRow(harness, direction, valueName, values, peer));
    }
  }
  return rows;
}

async function speedRow(harness, direction, valueName, values, peer) {
  const label = `${direction} ${valueName}`;
  const refusal = { case: label, peer: peer.name, ours: '', theirs: 'throws', ratio: '' };
  if (!canEncode(peer, values[0])) return refusal;
  const comparison = await harness.compare(
    label,
    sideOf(ours, direction, values),
    sideOf(peer, direction, values),
  );
  return {
    ...refusal,
    ours: grouped(comparison.ours),
    theirs: grouped(comparison.theirs),
    ratio: ratioText(comparison),
  };
}

function canEncode({ encode }, value) {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}

/** @returns {import('../harness.mjs').Side} */
function sideOf({ name, encode, decode }, direction, values) {
  const operations = values.length;
  if (direction === 'encode') {
    const encodeAll = () => {
      let written = 0;
      for (const value of values) if (encode(value).length > 0) written++;
      return written;
    };
    return { name, walk: encodeAll, operations };
  }
  // Copies: some formats return a view of memory that they write on.
  const encoded = values.map((value) => Buffer.from(encode(value)));
  const decodeAll = () => {
    let read = 0;
    for (const bytes of encoded) if (decode(bytes) !== undefined) read++;
    return read;
  };
  return { name, walk: decodeAll, operations };
}

function sizeRows() {
  return Object.entries(VALUES).map(([valueName, make]) => {
    const value = make(1);
    const sizeIn = (format) => (canEncode(format, value) ? grouped(format.encode(value).length) : 'throws');
    return rowOf(valueName, sizeIn);
  });
}

function fidelityRows() {
  return VALUE_KINDS.map((kind) => rowOf(kind.name, (format) => fidelity(format, kind)));
}

function rowOf(value, cellOf) {
  return { value, ...Object.fromEntries(FORMATS.map((format) => [format.name, cellOf(format)])) };
}

async function hostileRows(harness, mutations) {
  const rows = [];
  for (const { name } of FORMATS) {
    const tally = await surviveMutations(name, mutations, (done) =>
      harness.progress(`codec: hostile bytes for ${name}, ${grouped(done)} of ${grouped(mutations)}`),
    );
    rows.push({
      format: name,
      decoded: grouped(tally.begun),
      refused: grouped(tally.refused),
      'other error': grouped(tally.foreignError),
      'same value': grouped(tally.same),
      'other value': grouped(tally.other),
      'process died': grouped(tally.crashed),
      hung: grouped(tally.hung),
      'over 64 MB': grouped(tally.heavy),
    });
  }
  return rows;
}
