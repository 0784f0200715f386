import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wholeNumber } from '../../core/options.js';
import type { BackendDefinition } from '../backend-definition.js';
import { FileBackend } from './file-backend.js';

export const DEFAULT_FILE_ENTRIES = 10_000;
export const DEFAULT_CULL_FREQUENCY = 3;

export const fileDefinition: BackendDefinition<{ maxEntries: number; cullFrequency: number }> = {
  name: 'file',
  options: { maxEntries: wholeNumber(1), cullFrequency: wholeNumber(0) },
  requiredLocation:
    'the folder for the files, such as "/var/cache/shop" or, in a URL, "file:///var/cache/shop"',
  locationFromUrl: (rest) => {
    // Refuses a host, which "file://var/cache" (two slashes) would make of its first folder.
    if (!rest.startsWith('/')) throw new TypeError('a file URL has three slashes before the folder');
    // A number sign is part of a name here, not the start of a fragment.
    return fileURLToPath(`file://${rest.replaceAll('#', '%23')}`);
  },
  create: ({ location = '', ...context }, options) => {
    const { maxEntries = DEFAULT_FILE_ENTRIES, cullFrequency = DEFAULT_CULL_FREQUENCY } = options;
    return new FileBackend({ ...context, location: resolve(location) }, { maxEntries, cullFrequency });
  },
};
