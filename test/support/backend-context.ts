import { dataSourcesOf } from '../../lib/backends/database/routing/data-sources.js';
import type { BackendContext } from '../../lib/index.js';
import { FakeClock } from './fake-clock.js';

/** What a backend is told when it is made; a test gives what matters to it. */
export function backendContext<Given extends Partial<BackendContext>>(given: Given): BackendContext & Given {
  return {
    alias: 'default',
    location: undefined,
    scope: '["",1]',
    keys: { prefix: '', version: 1, isDefault: true },
    clock: new FakeClock(),
    operationTimeoutMs: 250,
    shared: new Map(),
    unreadable: () => {},
    lost: () => {},
    warn: () => {},
    dataSources: dataSourcesOf(),
    options: {},
    ...given,
  };
}
