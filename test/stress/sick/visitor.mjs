// @ts-check
import { Agent, request } from 'node:http';

/** @typedef {{ readonly status: number, readonly cacheStatus: string, readonly cookie: string, readonly text: string }} Answer */

const GIVES_UP_AFTER_MS = 15_000;
/** Shorter than the server keeps idle connections: otherwise a request could meet one that is just being closed. */
const IDLE_MS = 2500;

/** Asks one application, over connections that are kept. */
export class Visitor {
  #agent = new Agent({ keepAlive: true, timeout: IDLE_MS });

  /** @param {number} port */
  constructor(port) {
    this.port = port;
  }

  /**
   * @param {string} path
   * @param {{ headers?: Record<string, string> | undefined, form?: Record<string, string> | undefined }} [options]
   * @returns {Promise<Answer>}
   */
  ask(path, { headers = {}, form } = {}) {
    return new Promise((resolve, reject) => {
      const body = form && new URLSearchParams(form).toString();
      const type = form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {};
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path,
          agent: this.#agent,
          method: form ? 'POST' : 'GET',
          headers: { ...type, ...headers },
          signal: AbortSignal.timeout(GIVES_UP_AFTER_MS),
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part) => (text += part));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              cacheStatus: String(response.headers['cache-status'] ?? ''),
              cookie: String(response.headers['set-cookie'] ?? '').split(';')[0] ?? '',
              text,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
