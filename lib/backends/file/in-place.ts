import { type FileHandle, open } from 'node:fs/promises';
import { ifMissing } from './cache-folder.js';
import { CONTENT_POSITION, encodeExpiry, EXPIRY_POSITION } from './entry-file.js';

/** A moment that has passed by any clock. */
const LONG_AGO = 0;

/** Writes into a file that is there; returns false if it is not. What was deleted meanwhile stays deleted. */
export async function overwrite(file: string, bytes: Buffer, position: number): Promise<boolean> {
  const isDone = await withFile(file, async (handle) => {
    await writeAll(handle, bytes, position);
    return true;
  });
  return isDone ?? false;
}

/**
 * Gives the file of an entry another content if the present one is as wanted; returns whether it did. It is the very file that was looked at: if it was
 * deleted or replaced meanwhile, what is written goes with it. Who reads while that goes on finds an entry that has ended.
 *
 * @param bytes a whole file
 */
export async function overwriteIf(
  file: string,
  isWanted: (present: Buffer) => boolean,
  bytes: Buffer,
): Promise<boolean> {
  const isDone = await withFile(file, async (handle) => {
    if (!isWanted(await handle.readFile())) return false;
    await writeAll(handle, encodeExpiry(LONG_AGO), EXPIRY_POSITION);
    await writeAll(handle, bytes.subarray(CONTENT_POSITION), CONTENT_POSITION);
    await handle.truncate(bytes.length);
    await writeAll(handle, bytes.subarray(EXPIRY_POSITION, CONTENT_POSITION), EXPIRY_POSITION);
    return true;
  });
  return isDone ?? false;
}

async function withFile<T>(file: string, task: (handle: FileHandle) => Promise<T>): Promise<T | undefined> {
  const handle = await open(file, 'r+').catch(ifMissing(undefined));
  if (!handle) return undefined;
  try {
    return await task(handle);
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
