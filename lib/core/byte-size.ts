import { CacheConfigurationError } from './errors.js';
import { show } from './show.js';

const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/**
 * Turns a size into bytes: a whole number of bytes, or text with a unit (`'512kb'`, `'64mb'`, `'1.5gb'`; 1 kB is 1024 bytes).
 *
 * @param name how the error message calls the value
 * @throws {CacheConfigurationError} for anything else, negative sizes included
 */
export function parseByteSize(size: number | string, name: string): number {
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  if (typeof size === 'string') {
    const match = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)$/i.exec(size);
    if (match) return Math.floor(Number(match[1]) * UNIT_BYTES[match[2]!.toLowerCase()]!);
  }
  throw new CacheConfigurationError(
    `${name} must be a whole number of bytes or text such as '512kb', '64mb' or '1gb'; got ${show(size)}.`,
  );
}
