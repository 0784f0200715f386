// @ts-check
/**
 * The sample application under 200 requests a second (`--rate`), while its cache server is frozen, killed, restarted, cut off, stalled, or answers nonsense:
 *
 *     node test/stress/sick-servers.mjs [--backend redis|memcached|postgres|mariadb|all] [--scenario name] [--seconds 6]
 *       [--rate 200] [--app sample-app/dist/main.js]
 *
 * Each outage lasts so many seconds, with as many before and after. Prints a line per phase, and exits with 1 if a promise is broken: no
 * request fails, none is slower than the deadline + 100 ms before the breakers are open and none waits once they are, hits come back
 * within 2 s, nothing deleted is seen again, memory stays flat, and the log tells once that the server is lost and once that it is back.
 * Requests that touch no cache, and the same traffic with `dummy://`, tell what the machine itself does; where that is too busy to judge
 * times, it says so and exits with 2. Uses the built application.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProxy } from '../support/servers/index.mjs';
import { BACKENDS } from './sick/backends.mjs';
import { Clinic } from './sick/clinic.mjs';
import { Machine } from './sick/figures.mjs';
import { printCalm, printVerdict } from './sick/report.mjs';
import { SCENARIOS } from './sick/scenarios.mjs';
import { judge } from './sick/verdict.mjs';

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'all' },
    scenario: { type: 'string', default: 'all' },
    seconds: { type: 'string', default: '6' },
    rate: { type: 'string', default: '200' },
    app: { type: 'string' },
  },
});
const phaseMs = Number(options.seconds) * 1000;
const scenarios = SCENARIOS.filter(({ name }) => [name, 'all'].includes(options.scenario));
const backends = BACKENDS.filter(({ name }) => [name, 'all'].includes(options.backend));
const perSecond = Number(options.rate);
if (scenarios.length === 0 || backends.length === 0 || !(phaseMs >= 2000) || !(perSecond >= 20)) {
  const namesOf = (/** @type {readonly { name: string }[]} */ all) => all.map(({ name }) => name).join(', ');
  console.error(
    `--backend: ${namesOf(BACKENDS)} or all; --scenario: ${namesOf(SCENARIOS)} or all; --seconds: 2 or more; --rate: 20 or more`,
  );
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'sick-servers-'));
const common = { database: join(folder, 'films.sqlite'), main: options.app, perSecond };

async function withoutCache() {
  const clinic = await Clinic.open({ ...common, cacheUrl: 'dummy://' });
  const outcomes = await clinic.calm(phaseMs);
  const figures = new Machine(outcomes).figuresOf(outcomes);
  await clinic.close();
  return figures;
}

let broken = 0;
let unjudged = 0;

/**
 * @param {import('./sick/backends.mjs').SickBackend} backend
 * @param {import('./sick/figures.mjs').Figures} uncached
 */
async function treatAll({ goodbye, name, start, urlOf }, uncached) {
  const server = await start();
  const proxy = await startProxy(server);
  const clinic = await Clinic.open({ ...common, cacheUrl: urlOf(proxy.port) });
  for (const scenario of scenarios) {
    const seen = await clinic.treat(scenario, { server, proxy, goodbye }, phaseMs);
    const verdict = judge(seen, uncached);
    printVerdict(name, scenario, seen.outage, verdict);
    broken += verdict.broken.length;
    unjudged += verdict.unjudged.length;
    if (!seen.isRunning) break;
  }
  await clinic.close();
  await proxy.stop();
  await server.stop();
}

try {
  const uncached = await withoutCache();
  printCalm('dummy://', uncached);
  for (const backend of backends) await treatAll(backend, uncached);
  console.log(broken === 0 ? '\nNo promise was broken.' : `\n${broken} promises were broken.`);
  if (unjudged > 0)
    console.log(`The times of ${unjudged} phases could not be judged: run it on a machine at rest.`);
  process.exitCode = broken > 0 ? 1 : unjudged > 0 ? 2 : 0;
} finally {
  await rm(folder, { recursive: true });
}
