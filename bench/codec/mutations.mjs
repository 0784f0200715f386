import { largeObject, seededRandom, smallObject, smallText } from '../samples.mjs';
import { richObject } from './samples.mjs';

const VALUES = [
  smallText(1),
  smallObject(1),
  { films: [smallObject(2), smallObject(3)], tags: ['a', 'b', ['c', { d: 0.5 }]] },
  largeObject(1),
  richObject(1),
  Buffer.alloc(1000, 'film'),
  123_456.789,
];

/** What an attacker, a bug or a bad disk does to bytes. Each changes its copy in place or returns a part of it. */
const MUTATIONS = [
  function flipBits(bytes, random) {
    for (let flips = 1 + below(8, random); flips > 0; flips--)
      bytes[below(bytes.length, random)] ^= 1 << below(8, random);
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, below(bytes.length, random));
  },
  function overwrite(bytes, random) {
    const start = below(bytes.length, random);
    const end = Math.min(bytes.length, start + 1 + below(16, random));
    for (let at = start; at < end; at++) bytes[at] = below(256, random);
    return bytes;
  },
  function replaceAllButTheHead(bytes, random) {
    for (let at = below(8, random); at < bytes.length; at++) bytes[at] = below(256, random);
    return bytes;
  },
  /** Numbers as large as a field can hold, near the head as often as elsewhere: lengths stand there. */
  function inflateLength(bytes, random) {
    const area = random() < 0.5 ? Math.min(24, bytes.length) : bytes.length;
    const start = below(area, random);
    const length = 1 + below(8, random);
    const [first, rest] = [
      [0xff, 0xff],
      [0x7f, 0xff],
      [0xdd, 0x7f],
      [0x05, 0xf5],
    ][below(4, random)];
    for (let at = start; at < Math.min(bytes.length, start + length); at++)
      bytes[at] = at === start ? first : rest;
    return bytes;
  },
];

/**
 * The valid encodings that a format has of the values above; those that it cannot write are left out.
 *
 * @param {import('./formats.mjs').Format} format
 */
export async function validEncodings({ encode, decode, compress }) {
  const encodings = VALUES.flatMap((value) => {
    try {
      const bytes = Buffer.from(encode(value));
      return [{ bytes, value: decode(bytes) }];
    } catch {
      return [];
    }
  });
  if (!compress) return encodings;
  const compressed = encodings.map(async ({ bytes, value }) => ({ bytes: await compress(bytes), value }));
  return [...encodings, ...(await Promise.all(compressed))];
}

/** The mutation of this number: the same in every run. */
export function mutate(encodings, number) {
  const random = seededRandom(number);
  const { bytes, value } = encodings[below(encodings.length, random)];
  const mutation = MUTATIONS[below(MUTATIONS.length, random)];
  return { bytes: mutation(Buffer.from(bytes), random), value };
}

function below(end, random) {
  return Math.floor(random() * end);
}
