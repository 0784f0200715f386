import type { OptionRules } from '../core/options.js';
import type { BackendContext, CacheBackend } from './cache-backend.js';

/** What the registry knows of a backend that comes with the library. */
export interface BackendDefinition<Options extends object = object> {
  /** Its name in `backend` and its scheme in a URL. */
  readonly name: string;
  /** The options that it takes beside those of every cache. */
  readonly options: OptionRules<Options>;
  /** What `location` must be, to follow "location must be"; undefined if it is free text that may be left out. */
  readonly requiredLocation?: string;
  /** Reads the location from the part of a URL between `://` and `?`; throws if it is malformed. */
  locationFromUrl(rest: string): string | undefined;
  create(context: BackendContext, options: Partial<Options>): CacheBackend;
}

/** Reads a location that is free text. */
export function textLocation(rest: string): string | undefined {
  return rest === '' ? undefined : decodeURIComponent(rest);
}
