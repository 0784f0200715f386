import type { BackendServers, CacheBackend } from '../../backends/cache-backend.js';

/** A key that nobody uses, for asking whether a store answers. */
const PROBE_KEY = 'nestjs-cache:probe';

/** The servers of a remote backend that names none: one, asked and mended through the methods that every backend has. */
export function singleServer(backend: CacheBackend, name: string): BackendServers {
  const names = [name];
  return {
    names: () => names,
    nameFor: () => name,
    probe: async () => {
      await backend.read(PROBE_KEY);
    },
    recover: async (_name, doubtful) => {
      if (doubtful === 'all') await backend.clear();
      else if (backend.removeMany) await backend.removeMany(doubtful);
      else await Promise.all(doubtful.map(async (key) => backend.remove(key)));
    },
    clear: async () => backend.clear(),
  };
}
