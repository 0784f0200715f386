import type { Logger } from '@nestjs/common';
import { CacheBackendError } from 'nestjs-cache-framework';

/**
 * Waits for a removal, and returns whether the cache has confirmed it. That a server is away is no reason to fail: what changed is
 * committed, meanwhile it is read from the database, and the library does the removal before it uses the server again.
 */
export async function isConfirmed(removal: Promise<unknown>, logger: Logger): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    if (!(error instanceof CacheBackendError)) throw error;
    logger.warn(error.message);
    return false;
  }
}
