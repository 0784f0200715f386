/** The parts of a body, up to a limit. */
export class CapturedBody {
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#size;
  }

  get isTooLong(): boolean {
    return this.#size > this.limit;
  }

  add(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.isTooLong) this.clear();
    else this.#chunks.push(bytes);
  }

  whole(): Buffer {
    const [first, ...others] = this.#chunks;
    return first && others.length === 0 ? first : Buffer.concat(this.#chunks);
  }

  clear(): void {
    this.#chunks = [];
  }
}
