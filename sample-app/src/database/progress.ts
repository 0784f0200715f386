import type { WriteStream } from 'node:tty';

const BAR_CELLS = 30;
/** Where the output is no terminal, a line each time another quarter is done. */
const PLAIN_STEP = 25;

/** Shows how far a load is: one line that changes on a terminal, a few plain lines in a file or pipe. */
export class Progress {
  readonly #isTerminal: boolean;
  #label = '';
  #total = 0;
  #lastPercent = 0;

  constructor(private readonly out: Pick<WriteStream, 'write' | 'isTTY'>) {
    this.#isTerminal = out.isTTY;
  }

  say(sentence: string): void {
    this.out.write(`${sentence}\n`);
  }

  begin(label: string, total: number): void {
    this.#label = label;
    this.#total = total;
    this.#lastPercent = -1;
    this.reach(0);
  }

  reach(done: number): void {
    const percent = Math.floor((100 * done) / this.#total);
    const isWorthALine = this.#isTerminal || percent % PLAIN_STEP < this.#lastPercent % PLAIN_STEP;
    const isNews = this.#lastPercent < 0 || (percent > this.#lastPercent && isWorthALine);
    if (isNews || done === this.#total) this.out.write(this.#line(percent, done));
    this.#lastPercent = percent;
  }

  #line(percent: number, done: number): string {
    const text = `Loading ${this.#label}: ${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} (${percent} %)`;
    if (!this.#isTerminal) return `${text}\n`;
    const cells = Math.round((percent / 100) * BAR_CELLS);
    const bar = '█'.repeat(cells) + '░'.repeat(BAR_CELLS - cells);
    return `\r\u001B[2K${bar} ${text}${done === this.#total ? '\n' : ''}`;
  }
}
