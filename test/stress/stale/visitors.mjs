// @ts-check
import { Agent, get } from 'node:http';

/**
 * What one visitor met with.
 *
 * @typedef {{ readonly waitMs: number, readonly isHit: boolean, readonly isRight: boolean }} Visit
 */

/**
 * Asks once.
 *
 * @param {string} url
 * @param {Agent} agent
 * @returns {Promise<Visit>}
 */
export function visit(url, agent) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      const { headers, statusCode } = response;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          waitMs: performance.now() - from,
          isHit: /; hit(?:;|$)/.test(String(headers['cache-status'])),
          isRight: statusCode === 200 && /^run \d+$/.test(text),
        }),
      );
    });
    request.on('error', reject);
  });
}

/**
 * Sends requests at a rate, whether or not the former have been answered.
 *
 * @param {string} url
 * @param {{ readonly rate: number, readonly seconds: number }} load
 * @returns {Promise<Visit[]>}
 */
export async function visitAtRate(url, { rate, seconds }) {
  const agent = new Agent({ keepAlive: true });
  const from = performance.now();
  /** @type {Promise<Visit>[]} */
  const visits = [];
  const total = rate * seconds;
  await new Promise((resolve) => {
    const send = () => {
      const due = Math.min(total, Math.floor(((performance.now() - from) / 1000) * rate));
      while (visits.length < due) visits.push(visit(url, agent));
      if (visits.length < total) setTimeout(send, 1);
      else resolve(undefined);
    };
    send();
  });
  const answers = await Promise.all(visits);
  agent.destroy();
  return answers;
}
