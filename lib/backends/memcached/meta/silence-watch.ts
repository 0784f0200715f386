/** Notices that a server says nothing while it is asked something. One timer at most, however many questions there are. */
export class SilenceWatch {
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #isResting = true;
  #isStopped = false;

  constructor(
    private readonly limitMs: number,
    private readonly onSilence: () => void,
  ) {}

  /** Something is asked, after a time in which nothing was. */
  start(): void {
    this.#isResting = false;
    this.#since = performance.now();
    this.#timer ??= this.#wait(this.limitMs);
  }

  heard(): void {
    this.#since = performance.now();
  }

  /** All is answered. The timer runs on: the next question comes soon. */
  rest(): void {
    this.#isResting = true;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #wait(delayMs: number): NodeJS.Timeout {
    // After a pause of the whole process the answer may lie in the socket: what came is heard before the judgement.
    return setTimeout(() => setImmediate(() => this.#judge()), delayMs).unref();
  }

  #judge(): void {
    this.#timer = undefined;
    if (this.#isResting || this.#isStopped) return;
    const leftMs = this.#since + this.limitMs - performance.now();
    if (leftMs <= 0) this.onSilence();
    else this.#timer = this.#wait(Math.ceil(leftMs));
  }
}
