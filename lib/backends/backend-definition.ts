import type { OptionRules } from '../core/options.js';
import type { BackendContext, CacheBackend } from './cache-backend.js';

/** What the registry knows of a backend that comes with the library. */
export interface BackendDefinition<Options extends object = object, Location = unknown> {
  /** Its name in `backend` and its scheme in a URL. */
  readonly name: string;
  /** Further schemes in URLs. */
  readonly otherSchemes?: readonly string[];
  /** The options that it takes beside those of every cache. */
  readonly options: OptionRules<Options>;
  /** What `location` must be, to follow "location must be"; undefined if it is free text that may be left out. */
  readonly requiredLocation?: string;
  /** What is meant by no location. */
  readonly defaultLocation?: Location;
  /** The store is another process, so the options of the guard apply. */
  readonly isRemote?: boolean;
  /** Caches on one store see each other's entries only if their scopes are equal; otherwise, if their final keys are. */
  readonly separatesScopes?: boolean;
  /** The packages that it needs with these options; checked at start. */
  packagesFor?(options: Partial<Options>): readonly string[];
  /** Reads the location from the part of a URL between `://` and `?`; throws if it is malformed. */
  locationFromUrl(rest: string, scheme: string): Location | undefined;
  /** Reads `location` of an options object, which is neither undefined nor empty text; throws if it is malformed. By default it is text. */
  locationFromOption?(value: unknown): Location;
  /** Writes a location for logs, without a password; equal for equal stores. By default as it is. */
  showLocation?(location: Location): string;
  /** Names the store, where the location alone does not: equal for caches that see each other's entries if their final keys are equal, and for no others. */
  storeName?(options: Partial<Options>, location: Location | undefined): string;
  create(context: BackendContext, options: Partial<Options>, location: Location | undefined): CacheBackend;
}

/** Reads a location that is free text. */
export function textLocation(rest: string): string | undefined {
  return rest === '' ? undefined : decodeURIComponent(rest);
}
