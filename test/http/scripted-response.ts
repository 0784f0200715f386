import type { HeaderTarget } from '../../lib/http/header-target.js';

/** A response that is nothing but its headers. */
export class ScriptedResponse implements HeaderTarget {
  readonly #headers = new Map<string, readonly [name: string, value: number | string | string[]]>();

  constructor(headers: Readonly<Record<string, number | string | string[]>> = {}) {
    for (const [name, value] of Object.entries(headers)) this.#headers.set(name.toLowerCase(), [name, value]);
  }

  getHeader(name: string): number | string | string[] | undefined {
    return this.#headers.get(name.toLowerCase())?.[1];
  }

  setHeader(name: string, value: string): void {
    this.#headers.set(name.toLowerCase(), [name, value]);
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  get headers(): object {
    return Object.fromEntries(this.#headers.values());
  }
}
