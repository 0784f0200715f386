import { createRequire } from 'node:module';
import { join } from 'node:path';
import { MissingPackageError } from './errors.js';

/**
 * Makes sure, at start and without loading it, that a package which only some backends need is installed in the application.
 *
 * @param neededFor what needs it, as the subject of the error's sentence
 * @throws {MissingPackageError} with the command that installs it
 */
export function assertPeer(packageName: string, neededFor: string): void {
  if (canResolve(packageName, import.meta.url)) return;
  // A linked copy of this library does not see the packages of the application it runs in.
  if (canResolve(packageName, join(process.cwd(), 'package.json'))) return;
  throw new MissingPackageError(packageName, neededFor);
}

function canResolve(packageName: string, from: string): boolean {
  try {
    createRequire(from).resolve(packageName);
    return true;
  } catch (error) {
    // An installed package may offer no entry to require(); it is there all the same.
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}
