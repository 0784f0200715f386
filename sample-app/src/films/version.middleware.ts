import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { RequestView } from 'nestjs-cache-framework';
import { FilmRecords, type Version } from './film-records.js';

export interface VersionedRequest extends RequestView {
  /** Null for a film that is not there. */
  version?: Version | null;
}

/**
 * Reads which version of a film, or of the catalogue, a request is about. `@Etag` and `@LastModified` take functions that see the
 * request alone; what needs a provider is put there for them.
 */
@Injectable()
export class VersionMiddleware implements NestMiddleware<VersionedRequest> {
  constructor(private readonly records: FilmRecords) {}

  async use(request: VersionedRequest, _response: unknown, next: () => void): Promise<void> {
    const { id } = request.params;
    request.version = await (id === undefined
      ? this.records.catalogueVersion()
      : this.records.filmVersion(Number(id)));
    next();
  }
}

export function tagOf({ version }: VersionedRequest): string | undefined {
  return version?.tag;
}

export function lastChangeOf({ version }: VersionedRequest): number | undefined {
  return version?.changedAt;
}
