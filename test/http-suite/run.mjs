/**
 * Measures the page cache, as an RFC 9111 shared cache, against the public HTTP caching suite.
 *
 *     npm run http-suite -- --suite DIR
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startGateway, startOrigin } from './processes.mjs';
import { scoreOf, tableOf } from './score.mjs';
import { loadSuite, runSuite } from './suite.mjs';

const USAGE = `Usage: npm run http-suite -- --suite DIR [--platform express|fastify] [--options JSON] [--write FILE]

  --suite DIR       a checkout of github.com/http-tests/cache-tests, with its package "undici" installed
  --platform NAME   what carries the gateway: express (default) or fastify
  --options JSON    options of "standards", in place of all that raise the score: {} for the defaults
  --write FILE      writes the outcome of each test there`;

/** Everything that a cache is free to do. */
const ALL_OPTIONS = { heuristics: true, obeyRequests: true, storeSetCookie: true };

const { values: given } = parseArgs({
  options: {
    suite: { type: 'string' },
    platform: { type: 'string', default: 'express' },
    options: { type: 'string', default: JSON.stringify(ALL_OPTIONS) },
    write: { type: 'string' },
  },
});
if (!given.suite) {
  console.error(USAGE);
  process.exit(2);
}

const suite = await loadSuite(given.suite);
const origin = await startOrigin(given.suite);
try {
  const gateway = await startGateway({
    origin: origin.url,
    platform: given.platform,
    options: given.options,
  });
  try {
    const results = await runSuite(suite, gateway.url);
    const score = scoreOf(suite, results);
    console.log(tableOf(score));
    if (given.write) writeFileSync(given.write, `${JSON.stringify(score.outcomes, null, 2)}\n`);
  } finally {
    await gateway.stop();
  }
} finally {
  await origin.stop();
}
