import type { Answer } from '../../core/answer.js';
import type { ServerGuard } from './server-guard.js';

/** What a guarded backend needs of a guard. */
export type OperationGuard = Pick<
  ServerGuard,
  'run' | 'runLong' | 'trip' | 'doubt' | 'remember' | 'stop' | 'isOpen' | 'isStopped'
>;

/** Guards the statements within a transaction of the application: they are its own, take as long as it does, and what fails is undone with it. */
export class TransactionGuard implements OperationGuard {
  readonly isOpen = false;
  /** Nothing is made up for later. */
  readonly isStopped = true;

  async run<T>(operation: () => Answer<T>, failed: (error: unknown) => Answer<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      return failed(error);
    }
  }

  async runLong(task: () => Promise<void>, failed: (error: unknown) => Answer<void>): Promise<void> {
    await this.run(task, failed);
  }

  trip(): void {}

  doubt(): void {}

  remember(): void {}

  stop(): void {}
}
