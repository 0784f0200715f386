import { MemoryBackend } from '../../lib/backends/memory/memory-backend.js';
import { backendContext } from '../support/backend-context.js';
import { describeCacheBackend } from './describe-cache-backend.js';

const { capabilities } = new MemoryBackend(backendContext({}), {
  maxEntries: 1,
  maxBytes: 1000,
  cullFrequency: undefined,
});

describeCacheBackend('memory', {
  capabilities,
  canDamage: false,
  createStore: async () => ({
    configuration: (options) => ({ ...options, backend: 'memory', location: 'conformance' }),
    dispose: async () => {},
  }),
});
