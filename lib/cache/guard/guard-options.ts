import { milliseconds, oneOf, type OptionRules, wholeNumber } from '../../core/options.js';
import type { Guarding, OnError } from './guarded-backend.js';

/** The options of a cache whose store is outside the process. */
export interface GuardOptions {
  operationTimeoutMs: number;
  maxPendingOperations: number;
  onError: OnError;
}

export type GuardSettings = Pick<Guarding, keyof GuardOptions>;

const DEFAULT_OPERATION_TIMEOUT_MS = 250;
const DEFAULT_PENDING_OPERATIONS = 100_000;

export const guardRules: OptionRules<GuardOptions> = {
  operationTimeoutMs: milliseconds(1),
  maxPendingOperations: wholeNumber(1),
  onError: oneOf('degrade', 'throw'),
};

export function guardSettingsOf(options: Partial<GuardOptions>): GuardSettings {
  return {
    operationTimeoutMs: options.operationTimeoutMs ?? DEFAULT_OPERATION_TIMEOUT_MS,
    maxPendingOperations: options.maxPendingOperations ?? DEFAULT_PENDING_OPERATIONS,
    onError: options.onError ?? 'degrade',
  };
}
