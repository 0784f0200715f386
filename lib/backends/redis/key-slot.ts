/** How many slots a cluster divides its keys into. */
export const SLOTS = 16_384;

/** CRC-16 as XMODEM has it (polynomial 0x1021), by the upper byte. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * Returns the slot of a key: of what stands between its first `{` and the next `}`, if that is something, else of all of it.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  if (open !== -1) {
    const close = key.indexOf('}', open + 1);
    if (close > open + 1) return crcOf(key.slice(open + 1, close)) % SLOTS;
  }
  return crcOf(key) % SLOTS;
}

function crcOf(text: string): number {
  let crc = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return crcOfBytes(Buffer.from(text));
    crc = (crc << 8) ^ table[((crc >> 8) ^ code) & 0xff]!;
  }
  return crc & 0xffff;
}

function crcOfBytes(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = (crc << 8) ^ table[((crc >> 8) ^ byte) & 0xff]!;
  return crc & 0xffff;
}

const tags = new Map<number, string>();
let nextTag = 0;

/** Returns a text that lies in this slot, for keys that have to. */
export function tagOf(slot: number): string {
  while (!tags.has(slot)) {
    const tag = String(nextTag++);
    const itsSlot = slotOf(tag);
    if (!tags.has(itsSlot)) tags.set(itsSlot, tag);
  }
  return tags.get(slot)!;
}
