import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const LISTENING = /Listening on http:\/\/localhost:(\d+)/;

export type Environment = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  readonly ms: number;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Fields of a form to send. */
  readonly form?: Record<string, string>;
  /** A body to send as JSON. */
  readonly json?: object;
}

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built application in a process of its own, as `npm start` runs it. */
export class Application {
  stdout = '';
  stderr = '';
  #port = 0;
  readonly #child: ChildProcess;
  readonly #end: Promise<End>;

  /** Starts the process; with an environment of these variables and no other. */
  constructor(env: Environment) {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#child = child;
    this.#end = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Starts the application and waits until it listens. */
  static async listening(env: Environment): Promise<Application> {
    const application = new Application(env);
    const [, port] = await application.saying(LISTENING);
    application.#port = Number(port);
    return application;
  }

  get port(): number {
    return this.#port;
  }

  /** Waits until standard output matches; rejects if the process ends before. */
  async saying(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout);
        if (match) resolve(match);
      };
      this.#child.stdout!.on('data', look);
      look();
      void this.#end.then(({ code, stderr }) =>
        reject(new Error(`The application ended with ${code} before it said ${pattern}: ${stderr}`)),
      );
    });
  }

  async ended(): Promise<End> {
    return this.#end;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<End> {
    this.#child.kill(signal);
    return this.#end;
  }

  /** Sends one request on a connection of its own. */
  async ask(path: string, { method, headers = {}, form, json }: Question = {}): Promise<Answer> {
    const begun = performance.now();
    const sent = request({
      host: '127.0.0.1',
      port: this.#port,
      path,
      agent: false,
      method: method ?? (form ? 'POST' : 'GET'),
      headers: {
        ...(form && { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...(json && { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
    sent.end(json ? JSON.stringify(json) : form && new URLSearchParams(form).toString());
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const ms = performance.now() - begun;
    return { status: response.statusCode!, headers: response.headers, body, text: body.toString(), ms };
  }
}

/** Runs an application that is expected to end by itself. */
export async function endOf(env: Environment): Promise<End> {
  return new Application(env).ended();
}
