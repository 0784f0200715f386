import type { VersioningOptions } from '@nestjs/common';
import { VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import type { VersionValue } from '@nestjs/common/internal';
import { fieldText } from '../../http/header-fields.js';
import type { PlatformRequest } from '../requests/page-request.js';

/**
 * Tells whether a request asks for a version that a handler stands for, where the path does not say so.
 *
 * @param version undefined for a handler that says nothing
 * @see https://docs.nestjs.com/techniques/versioning
 */
export function asksForVersion(
  request: PlatformRequest,
  version: VersionValue | undefined,
  versioning: VersioningOptions | undefined,
): boolean {
  if (!versioning || versioning.type === VersioningType.URI || version === undefined) return true;
  if (version === VERSION_NEUTRAL) return true;
  const served = new Set([version].flat());
  const asked = versionsAskedFor(request, versioning);
  return asked.length === 0
    ? versioning.type !== VersioningType.CUSTOM && served.has(VERSION_NEUTRAL)
    : asked.some((each) => served.has(each));
}

function versionsAskedFor(
  request: PlatformRequest,
  versioning: Exclude<VersioningOptions, { type: VersioningType.URI }>,
): string[] {
  if (versioning.type === VersioningType.CUSTOM) return [versioning.extractor(request)].flat();
  if (versioning.type === VersioningType.HEADER) {
    const asked = fieldText(request.headers[versioning.header.toLowerCase()]);
    return asked ? [asked] : [];
  }
  const accept = fieldText(request.headers['accept']) ?? '';
  const parameter = accept
    .split(/[;,]/)
    .map((part) => part.trim())
    .find((part) => part.startsWith(versioning.key));
  return parameter === undefined ? [] : [parameter.slice(versioning.key.length).replace(/^"(.*)"$/, '$1')];
}
