import type { CacheService } from '../cache/cache-service.js';
import { parseArguments } from './arguments.js';
import { type Command, type Output, UsageError } from './command.js';

const OPTIONS = { 'data-source': { type: 'string', short: 'd' } } as const;

/** A command about one cache. */
export interface AliasCommand {
  readonly name: string;
  readonly summary: string;
  /** What it does, in a paragraph of its help. */
  readonly about: string;
  run(cache: CacheService, output: Output): Promise<void>;
}

/** Makes a command of what is to be done with the cache of an alias. */
export function aliasCommand({ about, name, run, summary }: AliasCommand): Command {
  return {
    name,
    summary,
    help: `Usage: nestjs-cache ${name} <alias> -d <file>

${about}

Options:
  -d, --data-source <file>  A module that exports "caches" (or "cacheOptions") as given to
                            CacheModule.forRoot, and the data sources that they name. Required.
  -h, --help                Print this.

Example:
  npx nestjs-cache ${name} default -d dist/data-source.js`,
    run: async (args, output) => {
      const { positionals, values } = parseArguments(args, OPTIONS);
      const [alias, ...others] = positionals;
      const path = values['data-source'];
      if (alias === undefined || others.length > 0)
        throw new UsageError(`${name} needs the alias of one cache.`);
      if (path === undefined || path === '')
        throw new UsageError(`${name} needs -d <file>, a module that exports the caches.`);
      const { withCache } = await import('./with-cache.js');
      await withCache(path, alias, output, async (cache) => run(cache, output));
    },
  };
}
