import { jest } from '@jest/globals';
import { newStatistics } from '../../../lib/cache/cache-events.js';
import { GuardedBackend, type OnError } from '../../../lib/cache/guard/guarded-backend.js';
import type { Answer } from '../../../lib/core/answer.js';
import { ScriptedBackend } from '../../support/scripted-backend.js';

/** Opens a guarded backend whose servers behave as a test says, and keeps what it tells. */
export function openGuarded(onError: OnError = 'degrade', maxPendingOperations = 100) {
  return openGuardedOn(new ScriptedBackend(), onError, maxPendingOperations);
}

export function openGuardedOn(backend: ScriptedBackend, onError: OnError, maxPendingOperations: number) {
  const statistics = newStatistics();
  const lines: string[] = [];
  const degraded: (string | undefined)[] = [];
  const cache = new GuardedBackend(backend, {
    onError,
    operationTimeoutMs: 200,
    maxPendingOperations,
    description: 'scripted',
    statistics,
    degraded: (key) => degraded.push(key),
    changed: (_server, sentence) => lines.push(sentence),
  });
  return { backend, cache, degraded, lines, statistics };
}

/** Lets time pass until what is under way has settled. */
export async function after<T>(ms: number, under: Answer<T>): Promise<T> {
  const answer = Promise.resolve(under);
  answer.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(ms);
  return answer;
}
