import { MemoryBackend } from '../../lib/backends/memory/memory-backend.js';
import { FakeClock } from '../support/fake-clock.js';
import { describeCacheBackend } from './describe-cache-backend.js';

const { capabilities } = new MemoryBackend(
  {
    alias: 'a',
    location: undefined,
    scope: '',
    clock: new FakeClock(),
    shared: new Map(),
    unreadable: () => {},
    options: {},
  },
  { maxEntries: 1, maxBytes: 1000, cullFrequency: undefined },
);

describeCacheBackend('memory', {
  capabilities,
  canDamage: false,
  createStore: async () => ({
    configuration: (options) => ({ ...options, backend: 'memory', location: 'conformance' }),
    dispose: async () => {},
  }),
});
