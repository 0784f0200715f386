import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a check no longer fails; for what other processes do in their own time. */
export async function eventually(check: () => unknown, withinMs = 8000): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(20);
  }
}
