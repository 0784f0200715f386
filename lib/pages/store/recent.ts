/** Remembers something about the latest of many keys; what was noted longest ago makes room. */
export class Recent<T> {
  readonly #notes = new Map<string, T>();

  constructor(private readonly limit: number) {}

  get(key: string): T | undefined {
    return this.#notes.get(key);
  }

  note(key: string, value: T): void {
    this.#notes.delete(key);
    this.#notes.set(key, value);
    if (this.#notes.size <= this.limit) return;
    const [oldest] = this.#notes.keys();
    this.#notes.delete(oldest!);
  }

  forget(key: string): void {
    if (this.#notes.size > 0) this.#notes.delete(key);
  }
}
