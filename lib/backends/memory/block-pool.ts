/** Blocks up to this size grow in steps of 64 bytes, larger ones in steps of an eighth, so that few sizes serve all. */
const FINE_LIMIT = 1024;
const FINE_STEP = 64;

/**
 * Memory for payloads that is used again. The engine frees the memory behind Buffers late, in bulk; a store that turns over fast would
 * hold several times its bound in blocks that are dead but not yet freed.
 */
export class BlockPool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  #freeBytes = 0;

  constructor(private readonly maxFreeBytes: number) {}

  /** Returns a copy of the payload in a block of its own, which may be larger. */
  copy(payload: Buffer): Buffer {
    const block = this.#take(sizeClassOf(payload.length));
    const own = Buffer.from(block, 0, payload.length);
    payload.copy(own);
    return own;
  }

  /** Takes a block back. Nobody may hold a view of it: what it holds will change. */
  release(payload: Buffer): void {
    const block = payload.buffer as ArrayBuffer;
    if (this.#freeBytes + block.byteLength > this.maxFreeBytes) return;
    const free = this.#free.get(block.byteLength);
    if (free) free.push(block);
    else this.#free.set(block.byteLength, [block]);
    this.#freeBytes += block.byteLength;
  }

  #take(size: number): ArrayBuffer {
    const block = this.#free.get(size)?.pop();
    if (!block) return Buffer.allocUnsafeSlow(size).buffer;
    this.#freeBytes -= size;
    return block;
  }
}

/** Returns the size of the block that a payload of this length gets. */
export function sizeClassOf(length: number): number {
  if (length <= FINE_LIMIT) return Math.max(1, Math.ceil(length / FINE_STEP)) * FINE_STEP;
  const step = 2 ** (Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}
