import { byteSize, wholeNumber } from '../../core/options.js';
import { type BackendDefinition, textLocation } from '../backend-definition.js';
import { MemoryBackend } from './memory-backend.js';

export const DEFAULT_MEMORY_ENTRIES = 10_000;
export const DEFAULT_MEMORY_BYTES = 64 * 1024 ** 2;

export const memoryDefinition: BackendDefinition<{
  maxEntries: number;
  maxBytes: number;
  cullFrequency: number;
}> = {
  name: 'memory',
  options: { maxEntries: wholeNumber(1), maxBytes: byteSize, cullFrequency: wholeNumber(0) },
  locationFromUrl: textLocation,
  create: (
    context,
    { maxEntries = DEFAULT_MEMORY_ENTRIES, maxBytes = DEFAULT_MEMORY_BYTES, cullFrequency },
  ) => new MemoryBackend(context, { maxEntries, maxBytes, cullFrequency }),
};
