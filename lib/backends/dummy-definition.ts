import { byteSize, wholeNumber } from '../core/options.js';
import { type BackendDefinition, textLocation } from './backend-definition.js';
import { DummyBackend } from './dummy-backend.js';

/** Takes the bounds of other backends, and has no use for them, so that it can stand in by its name alone. */
export const dummyDefinition: BackendDefinition<{
  maxEntries: number;
  maxBytes: number;
  cullFrequency: number;
}> = {
  name: 'dummy',
  options: { maxEntries: wholeNumber(1), maxBytes: byteSize, cullFrequency: wholeNumber(0) },
  locationFromUrl: textLocation,
  create: () => new DummyBackend(),
};
