/** Passing a request on to an origin server, and its answer back, as HTTP asks of an intermediary. */
import { Agent, request as open } from 'node:http';

/**
 * What an origin has answered, up to its body.
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {string | undefined} message
 * @property {[name: string, value: string][]} fields in their order, repeated ones included
 * @property {import('node:http').IncomingMessage} body
 */

/** Fields that speak of one connection. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A connection for each request: to repeat one whose connection was just closed would be to ask twice. */
const agent = new Agent({ keepAlive: false });

/**
 * Sends a request on. Resolves with the head of the answer; rejects if there is none.
 *
 * @param {URL} origin
 * @param {import('node:http').IncomingMessage} request
 * @param {(status: number, headers: import('node:http').IncomingHttpHeaders) => void} onInterim
 * @returns {Promise<Answer>}
 */
export function passOn(origin, request, onInterim) {
  const { promise, resolve, reject } = deferred();
  const upstream = open(new URL(request.url ?? '/', origin), {
    method: request.method,
    headers: fieldsFor(request, origin),
    agent,
  });
  upstream.on('information', ({ statusCode, headers }) => onInterim(statusCode, headers));
  upstream.on('response', (answer) => {
    const { rawHeaders, statusCode = 502, statusMessage } = answer;
    resolve({
      status: statusCode,
      message: statusMessage,
      fields: endToEnd(pairsOf(rawHeaders)),
      body: answer,
    });
  });
  // Also after the answer, for an origin that sends more than it said; the promise is settled by then.
  upstream.on('error', reject);
  if (hasBody(request)) request.pipe(upstream);
  else upstream.end();
  return promise;
}

/** The headers at the time of the call: a cache in front may have put conditions among them. */
function fieldsFor({ headers }, origin) {
  const fields = endToEnd(
    Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => [name, each ?? ''])),
  );
  return [...fields.filter(([name]) => name !== 'host' && name !== 'expect'), ['host', origin.host]].flat();
}

/** @param {[string, string][]} fields @returns {[string, string][]} */
function endToEnd(fields) {
  const named = fields
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()));
  const left = new Set([...OF_THE_CONNECTION, ...named]);
  return fields.filter(([name]) => !left.has(name.toLowerCase()));
}

/** @param {string[]} raw @returns {[string, string][]} */
function pairsOf(raw) {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index], raw[2 * index + 1]]);
}

function hasBody({ headers }) {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
