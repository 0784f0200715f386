import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileBackend } from '../../lib/backends/file/file-backend.js';
import { backendContext } from '../support/backend-context.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { describeCacheBackend } from './describe-cache-backend.js';

const { capabilities } = new FileBackend(backendContext({ location: '/nowhere' }), {
  maxEntries: 1,
  cullFrequency: 3,
});

describeCacheBackend('file', {
  capabilities,
  canDamage: true,
  createStore: async () => {
    const folder = await makeTemporaryFolder();
    return {
      configuration: (options) => ({ ...options, backend: 'file', location: folder }),
      damage: async (finalKey) => {
        const file = join(folder, `${createHash('sha256').update(finalKey).digest('hex')}.entry`);
        const bytes = await readFile(file);
        bytes[bytes.length - 2]! ^= 1;
        await writeFile(file, bytes);
      },
      dispose: () => removeFolder(folder),
    };
  },
});
