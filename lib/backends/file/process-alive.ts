import { randomUUID } from 'node:crypto';

/** Tells this process from an earlier one that had the same number, as the first process of a container always has. */
export const PROCESS_TOKEN = randomUUID().slice(0, 8);

/** Tells whether the process that left its number and token on a file of this machine still runs. */
export function isHolderAlive(pid: number, token: string): boolean {
  return pid === process.pid ? token === PROCESS_TOKEN : isProcessAlive(pid);
}

/** Tells whether a process of this machine runs, whoever owns it. */
function isProcessAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
