import type { BackendDefinition } from './backend-definition.js';
import { dummyDefinition } from './dummy-definition.js';
import { fileDefinition } from './file/file-definition.js';
import { memoryDefinition } from './memory/memory-definition.js';

/** The backends that come with the library, by name. A new one is a line here. */
export const backendRegistry: ReadonlyMap<string, BackendDefinition> = new Map(
  [memoryDefinition, fileDefinition, dummyDefinition].map((definition) => [
    definition.name,
    definition as BackendDefinition,
  ]),
);
