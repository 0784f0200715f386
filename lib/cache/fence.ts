/** Tells those who joined a computation, or a look, that had begun before they asked whether what it brings is good for them: asked once for all. */
export class Fence {
  /** Of what others have had a word on meanwhile. */
  static readonly broken = new Fence(async () => false);

  #isCurrent: Promise<boolean> | undefined;

  /** @param ask looks whether nothing has come since */
  constructor(private readonly ask: () => Promise<boolean>) {}

  isCurrent(): Promise<boolean> {
    this.#isCurrent ??= this.ask();
    return this.#isCurrent;
  }
}
