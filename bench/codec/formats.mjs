import { deserialize, serialize } from 'node:v8';
import { Packr, pack, unpack } from 'msgpackr';
import { compress, decompress } from '../../dist/codec/compression.js';
import { isDeflated, UnreadablePayloadError } from '../../dist/codec/frame.js';
import { valueCodec } from '../../dist/codec/value-codec.js';

/**
 * A way to turn values into bytes and back, since bytes are what a store takes.
 *
 * @typedef {object} Format
 * @property {string} name
 * @property {(value: unknown) => Buffer} encode
 * @property {(bytes: Buffer) => unknown} decode
 * @property {(bytes: Buffer) => Promise<Buffer>} [compress] another form in which the same bytes may be stored
 * @property {(bytes: Buffer) => unknown} [decodeForeign] as `decode`, with what the cache does before it to bytes from a store
 * @property {(error: unknown) => boolean} isRefusal whether an error is how this format says that bytes are unreadable
 */

const packr = new Packr({ structuredClone: true, moreTypes: true });
const isError = (error) => error instanceof Error;

/** @type {Format} */
export const ours = {
  name: 'value codec',
  encode: (value) => valueCodec.encode(value),
  decode: (bytes) => valueCodec.decode(bytes).value,
  compress,
  decodeForeign: async (bytes) =>
    valueCodec.decode(isDeflated(bytes) ? await decompress(bytes) : bytes).value,
  // The cache takes this one for a miss; any other would reach the user.
  isRefusal: (error) => error instanceof UnreadablePayloadError,
};

/** @type {Format[]} */
export const others = [
  {
    name: 'JSON',
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(bytes.toString()),
    isRefusal: isError,
  },
  { name: 'v8.serialize', encode: serialize, decode: deserialize, isRefusal: isError },
  { name: 'msgpackr', encode: pack, decode: unpack, isRefusal: isError },
  {
    name: 'msgpackr, structuredClone',
    encode: (value) => packr.pack(value),
    decode: (bytes) => packr.unpack(bytes),
    isRefusal: isError,
  },
];

export const FORMATS = [ours, ...others];

/** @returns {Format} */
export function formatNamed(name) {
  const format = FORMATS.find((format) => format.name === name);
  if (format) return format;
  throw new Error(`There is no format "${name}".`);
}
