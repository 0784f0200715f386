import { inspect } from 'node:util';
import {
  type CacheConfiguration,
  type CacheProblem,
  type CacheRegistry,
  type CacheService,
  openCaches,
  type ServerChange,
} from '../../lib/index.js';

/** Caches as an application opens them, with all that they told. */
export interface WatchedCaches {
  readonly registry: CacheRegistry;
  /** The alias `default`. */
  readonly cache: CacheService;
  /** Lines of the log. */
  readonly lines: readonly string[];
  readonly changes: readonly ServerChange[];
  readonly problems: readonly CacheProblem[];
  /** All that anybody can see of these caches from outside, and what else is given, as text. */
  shown(...others: readonly unknown[]): string;
}

const opened: CacheRegistry[] = [];

export async function openWatched(
  configuration: CacheConfiguration,
  more: Readonly<Record<string, CacheConfiguration>> = {},
): Promise<WatchedCaches> {
  const lines: string[] = [];
  const changes: ServerChange[] = [];
  const problems: CacheProblem[] = [];
  const take = (line: string): unknown => lines.push(line);
  const registry = await openCaches({ default: configuration, ...more }, { warn: take, log: take });
  opened.push(registry);
  registry.events.on('server', (change) => changes.push(change));
  registry.events.on('degraded', (problem) => problems.push(problem));
  const cache = registry.get('default');
  const shown = (...others: readonly unknown[]): string => {
    const { descriptions, events } = registry;
    const all = { lines, changes, problems, descriptions, events, statistics: cache.statistics(), others };
    return inspect(all, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
  };
  return { registry, cache, lines, changes, problems, shown };
}

/** Closes all that a test has opened. */
export async function closeWatched(): Promise<void> {
  await Promise.all(opened.splice(0).map((registry) => registry.closeAll()));
}

/** Returns what was thrown or rejected. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}
