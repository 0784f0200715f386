/**
 * Sets a million values of 1 kB in a memory cache of 64 MB and prints the resident memory of the process at its peak:
 *
 *     node test/stress/memory-stress.mjs [--sets 1000000] [--kind string|object|buffer] [--reads]
 *
 * Exits with 1 if the peak is above 64 MB + 150 MB. Uses the built library.
 */
import { parseArgs } from 'node:util';
import { openCaches } from 'nestjs-cache-framework';

const MEGABYTE = 1024 ** 2;
const LIMIT_MB = 64 + 150;

const { values: options } = parseArgs({
  options: {
    sets: { type: 'string', default: '1000000' },
    kind: { type: 'string', default: 'string' },
    reads: { type: 'boolean', default: false },
  },
});

const VALUES = {
  string: (index) => String(index).padEnd(1024, 'x'),
  object: (index) => ({ index, text: String(index).padEnd(1000, 'x') }),
  buffer: (index) => Buffer.alloc(1024, index % 256),
};
const valueOf = VALUES[options.kind];

const registry = await openCaches(
  { default: { backend: 'memory', maxBytes: '64mb', maxEntries: 10_000_000 } },
  { warn: console.error },
);
const cache = registry.get('default');
const atStart = process.memoryUsage.rss();
let peak = 0;
for (let index = 0; index < Number(options.sets); index++) {
  await cache.set(`key:${index}`, valueOf(index));
  if (options.reads && index % 3 === 0) await cache.get(`key:${Math.max(0, index - (index % 10_000))}`);
  if (index % 1000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
}
const megabytes = (bytes) => Math.round(bytes / MEGABYTE);
console.log(
  `${options.sets} sets of 1 kB (${options.kind}): ${megabytes(atStart)} MB at start, ${megabytes(peak)} MB at the peak, limit ${LIMIT_MB} MB`,
);
process.exitCode = peak > LIMIT_MB * MEGABYTE ? 1 : 0;
