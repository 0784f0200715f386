// @ts-check
/** A process that writes new keys as fast as it can, in batches and one by one, a part of them short-lived; told what to do by its parent. */
import { openCaches } from 'nestjs-cache-framework';
import { DataSource } from 'typeorm';
import { StatementCount } from './statement-count.mjs';

/**
 * @typedef {object} WriterTask
 * @property {string} name keys begin with it
 * @property {number} writes
 * @property {number} callers
 * @property {import('typeorm').DataSourceOptions} options
 * @property {{ maxEntries: number, maxBytes?: number }} limits
 *
 * @typedef {object} WriterReport
 * @property {number} written
 * @property {number} statements
 * @property {number} counting statements that count rows
 * @property {string[]} failures
 * @property {string[]} warnings
 */

const BATCH = 500;
const SINGLES = 50;
const LIVES_SHORT = 4;
const SHORT_SECONDS = 2;

/** @param {number} index */
function timeoutOf(index) {
  return index % LIVES_SHORT === 0 ? SHORT_SECONDS : null;
}

/** @param {WriterTask} task */
async function write({ callers, limits, name, options, writes }) {
  const statements = new StatementCount();
  /** @type {string[]} */
  const warnings = [];
  const dataSource = await new DataSource({ ...options, logger: statements }).initialize();
  const registry = await openCaches(
    // On a machine that is busy with all this, a statement may take long.
    {
      default: {
        backend: 'database',
        timeout: null,
        onError: 'throw',
        operationTimeoutMs: 60_000,
        ...limits,
      },
    },
    { warn: (message) => warnings.push(message), dataSources: { default: dataSource } },
  );
  const cache = registry.get('default');
  const payload = 'x'.repeat(200);
  let next = 0;
  const caller = async () => {
    while (next < writes) {
      const from = next;
      next += BATCH + SINGLES;
      const batch = Array.from({ length: BATCH }, (_, index) => from + index);
      for (const timeout of [SHORT_SECONDS, null]) {
        const indexes = batch.filter((index) => timeoutOf(index) === timeout);
        await cache.setMany(new Map(indexes.map((index) => [`${name}:${index}`, payload])), { timeout });
      }
      for (let index = from + BATCH; index < from + BATCH + SINGLES; index++)
        await cache.set(`${name}:${index}`, payload, timeoutOf(index));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  await registry.closeAll();
  await dataSource.destroy();
  return {
    written: next,
    statements: statements.all,
    counting: statements.counting,
    failures: statements.failures,
    warnings,
  };
}

process.once('message', (task) => {
  write(/** @type {WriterTask} */ (task)).then(
    (report) => process.send?.(report, () => process.disconnect()),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
