import { SmallestBackend } from '../support/smallest-backend.js';
import { backendContext } from '../support/backend-context.js';
import { describeCacheBackend } from './describe-cache-backend.js';

const { capabilities } = new SmallestBackend(backendContext({ location: 'capabilities' }));
let stores = 0;

describeCacheBackend("a user's own", {
  capabilities,
  canDamage: true,
  createStore: async () => {
    const location = `store ${++stores}`;
    return {
      configuration: (options) => ({ ...options, backend: SmallestBackend, location }),
      damage: async (finalKey) => {
        const entries = SmallestBackend.stores.get(location)!;
        entries.set(finalKey, { ...entries.get(finalKey)!, payload: Buffer.from('garbage') });
      },
      dispose: async () => {
        SmallestBackend.stores.delete(location);
      },
    };
  },
});
