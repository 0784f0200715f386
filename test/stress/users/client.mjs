// @ts-check
/** One process of people who ask two servers for pages, and now and then change a film. */
import { Agent, request } from 'node:http';
import { createClient } from 'redis';
import { chance } from '../invalidation/chance.mjs';
import { audienceOf, headersOf, wayOf } from './audience.mjs';

/** @typedef {import('./audience.mjs').Person} Person */

/**
 * @typedef {object} Task
 * @property {string} url of Redis
 * @property {number[]} ports
 * @property {number} process which one this is
 * @property {number} requests
 * @property {number} people
 * @property {number} films
 * @property {number} lanes how many ask at once
 * @property {number} seed
 */

/**
 * @typedef {object} Report
 * @property {number} answers
 * @property {number} hits from the store
 * @property {number} collapsed from a computation that others began
 * @property {number} changes
 * @property {string[]} wrong
 */

const SHARE_OF_CHANGES = 0.01;
const LANGUAGES = [undefined, 'en', 'fr', 'de', ''];
const TEAMS = [undefined, 'red', 'blue'];

const task = /** @type {Task} */ (JSON.parse(process.argv[2] ?? ''));
/** @type {Report} */
const report = { answers: 0, hits: 0, collapsed: 0, changes: 0, wrong: [] };
const truth = createClient({ url: task.url });
await truth.connect();
const agent = new Agent({ keepAlive: true, maxSockets: task.lanes });

/**
 * @param {string} method
 * @param {number} port
 * @param {string} path
 * @param {Record<string, string>} headers
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, text: string }>}
 */
function ask(method, port, path, headers) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** @param {() => number} random @returns {Person} */
function someone(random) {
  const id = Math.floor(random() * task.people);
  const language = LANGUAGES[Math.floor(random() * LANGUAGES.length)];
  const team = TEAMS[id % TEAMS.length];
  return {
    ...(id % 4 === 0 && { name: `user-${id}` }),
    ...(id % 3 !== 0 && { session: `session-${id}` }),
    ...(team !== undefined && { team }),
    ...(language !== undefined && { language }),
  };
}

/** @param {number} port @param {number} film @param {Person} person */
async function read(port, film, person) {
  const acknowledged = Number(await truth.get(`acknowledged:${film}`));
  const { headers, status, text } = await ask('GET', port, `/films/${film}`, headersOf(person));
  report.answers++;
  const how = String(headers['cache-status']);
  if (how.includes('; hit')) report.hits++;
  if (how.includes('; collapsed')) report.collapsed++;
  const who = JSON.stringify(person);
  if (status !== 200) {
    report.wrong.push(`film ${film} for ${who}: ${status} ${text}`);
    return;
  }
  const page = /** @type {{ film: number, version: number, audience: string }} */ (JSON.parse(text));
  const audience = audienceOf(wayOf(film), person);
  if (page.film !== film || page.audience !== audience)
    report.wrong.push(`film ${film} for ${who}: that of film ${page.film} for ${page.audience} (${how})`);
  if (page.version < acknowledged)
    report.wrong.push(`film ${film} for ${who}: version ${page.version} after ${acknowledged} (${how})`);
  const cookie = String(headers['set-cookie'] ?? '');
  if (cookie !== '' && cookie !== `session=${person.session}`)
    report.wrong.push(`film ${film} for ${who}: the cookie ${cookie} (${how})`);
}

/** @param {number} port @param {number} film */
async function change(port, film) {
  const { status, text } = await ask('POST', port, `/films/${film}`, {});
  if (status !== 201) {
    report.wrong.push(`change of film ${film}: ${status} ${text}`);
    return;
  }
  const { version } = /** @type {{ version: number }} */ (JSON.parse(text));
  // Others may have changed it since, and have said so.
  await truth.eval(
    "if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end",
    { keys: [`acknowledged:${film}`], arguments: [String(version)] },
  );
  report.changes++;
}

/** @param {number} lane */
async function walk(lane) {
  const random = chance(task.seed * 10_007 + task.process * 101 + lane);
  const requests = Math.ceil(task.requests / task.lanes);
  for (let count = 0; count < requests; count++) {
    const film = Math.floor(random() * task.films);
    const port = /** @type {number} */ (task.ports[Math.floor(random() * task.ports.length)]);
    if (random() < SHARE_OF_CHANGES) await change(port, film);
    else await read(port, film, someone(random));
  }
}

await Promise.all(Array.from({ length: task.lanes }, (_, lane) => walk(lane)));
agent.destroy();
await truth.close();
process.send?.(report);
