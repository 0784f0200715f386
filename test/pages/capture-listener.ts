import type { ServerResponse } from 'node:http';
import type {
  CapturedResponse,
  CaptureFailure,
  CaptureListener,
  HeadDecision,
} from '../../lib/pages/responses/response-capture.js';

/** Remembers what it is told, and wants every body. */
export class Listener implements CaptureListener {
  readonly events: string[] = [];
  captured: CapturedResponse | undefined;
  whole: Buffer | undefined;
  wants = true;
  isKnown = false;
  /** Sends another answer, if that is to be. */
  another: ((response: ServerResponse) => void) | undefined;

  instead(response: ServerResponse): (() => void) | undefined {
    const { another } = this;
    return another && (() => another(response));
  }
  headersReady(_response: ServerResponse, whole: Buffer | undefined): HeadDecision {
    this.events.push('ready');
    this.whole = whole;
    return { isKept: this.wants, isKnown: this.isKnown };
  }
  headersSent(): boolean {
    this.events.push('sent');
    return true;
  }
  ending(): void {}
  began(): void {
    this.events.push('began');
  }
  stalled(): void {
    this.events.push('stalled');
  }
  isOverdue(): void {
    this.events.push('overdue');
  }
  failed(cause: CaptureFailure): void {
    this.events.push(`failed by the ${cause}`);
  }
  complete(captured: CapturedResponse): void {
    this.events.push('complete');
    this.captured = captured;
  }
}
