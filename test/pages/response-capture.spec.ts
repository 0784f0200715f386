import { once } from 'node:events';
import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CapturedResponse,
  type CaptureListener,
  ResponseCapture,
} from '../../lib/pages/response-capture.js';

/** Remembers what it is told, and wants every body. */
class Listener implements CaptureListener {
  readonly events: string[] = [];
  captured: CapturedResponse | undefined;
  wants = true;

  headersReady(): boolean {
    this.events.push('ready');
    return this.wants;
  }
  headersSent(): boolean {
    this.events.push('sent');
    return true;
  }
  complete(captured: CapturedResponse): void {
    this.events.push('complete');
    this.captured = captured;
  }
}

type Answer = (response: ServerResponse, capture: ResponseCapture) => unknown;

describe('The capture of a response', () => {
  let server: Server;
  let answer: Answer = () => {};
  let listener = new Listener();
  const failures: unknown[] = [];
  beforeAll(async () => {
    server = createServer((_request, response) => {
      const capture = new ResponseCapture(response, 10, listener);
      capture.settle();
      response.on('error', (error) => failures.push(error));
      answer(response, capture);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  /** Returns what the client got. */
  async function capture(howToAnswer: Answer, wants = true): Promise<string> {
    answer = howToAnswer;
    listener = new Listener();
    listener.wants = wants;
    failures.length = 0;
    const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
    const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const chunk of response) text += chunk.toString();
    return text;
  }

  it.each<[string, Answer, string, object]>([
    [
      'headers, then undefined',
      (r) =>
        (r.writeHead as (...given: unknown[]) => ServerResponse)(200, { 'X-A': '1' }, undefined).end('x'),
      'x',
      { 'x-a': '1' },
    ],
    [
      'undefined, then headers',
      (r) =>
        (r.writeHead as (...given: unknown[]) => ServerResponse)(200, undefined, { 'X-A': '1' }).end('x'),
      'x',
      { 'x-a': '1' },
    ],
    [
      'names and values in pairs',
      (r) =>
        (r.writeHead as (...given: unknown[]) => ServerResponse)(200, [
          ['X-A', '1'],
          ['X-A', '2'],
        ]).end('x'),
      'x',
      { 'x-a': ['1', '2'] },
    ],
    [
      'a list within names and values by turns',
      (r) => r.writeHead(200, ['X-A', ['1', '2'], 'X-B', '3']).end('x'),
      'x',
      { 'x-a': ['1', '2'], 'x-b': '3' },
    ],
    [
      'names and values over headers set before',
      (r) => r.setHeader('x-a', '0').writeHead(200, ['X-A', '1']).end('x'),
      'x',
      { 'x-a': '1' },
    ],
    [
      'an object over headers set before',
      (r) => r.setHeader('x-a', '0').writeHead(200, { 'X-A': '1' }).end('x'),
      'x',
      { 'x-a': '1' },
    ],
    ['a number among names and values', (r) => r.writeHead(200, ['X-A', 1]).end('x'), 'x', { 'x-a': '1' }],
  ])('understands writeHead with %s', async (_name, howToAnswer, text, headers) => {
    expect(await capture(howToAnswer)).toBe(text);
    expect(listener.captured?.headers).toMatchObject(headers);
    expect(listener.events).toEqual(['ready', 'sent', 'complete']);
  });

  it('keeps the spelling of header names', async () => {
    await capture((response) => response.writeHead(200, { 'X-ReQuest': '1' }).end());
    expect(listener.captured?.lines).toContainEqual(['X-ReQuest', '1']);
  });

  it('asks once, and lets a second writeHead fail as it does without', async () => {
    let code: unknown;
    await capture((response) => {
      response.writeHead(200);
      try {
        response.writeHead(404);
      } catch (error) {
        code = (error as NodeJS.ErrnoException).code;
      }
      response.end('x');
    });
    expect(code).toBe('ERR_HTTP_HEADERS_SENT');
    expect(listener.events).toEqual(['ready', 'sent', 'complete']);
  });

  it('completes once where the response is ended twice', async () => {
    expect(
      await capture((response) => {
        response.end('x');
        response.end();
        response.end();
      }),
    ).toBe('x');
    expect(listener.captured?.body.toString()).toBe('x');
    expect(listener.events).toEqual(['ready', 'sent', 'complete']);
  });

  it('does not take what is written after the end', async () => {
    await capture((response) => {
      response.end('x');
      response.write('y');
      response.end('z');
    });
    expect(listener.captured?.body.toString()).toBe('x');
    expect(failures).not.toEqual([]);
  });

  it('does not take a chunk that Node refuses, and captures what is sent instead', async () => {
    expect(
      await capture((response) => {
        expect(() => response.write(5)).toThrow();
        expect(() => response.write([1, 2])).toThrow();
        expect(() => response.end({} as unknown as string)).toThrow();
        response.end('x');
      }),
    ).toBe('x');
    expect(listener.captured?.body.toString()).toBe('x');
  });

  it('takes a body up to its limit and gives up beyond it', async () => {
    await capture((response) => {
      response.write('12345');
      response.end('67890');
    });
    expect(listener.captured?.body.toString()).toBe('1234567890');
    expect(
      await capture((response) => {
        response.write('12345');
        response.end('678901');
      }),
    ).toBe('12345678901');
    expect(listener.captured).toBeUndefined();
  });

  it('does not complete a body that is not wanted', async () => {
    expect(await capture((response) => response.end('x'), false)).toBe('x');
    expect(listener.events).toEqual(['ready']);
  });

  it.each([
    [
      'before the headers',
      (response: ServerResponse, capture: ResponseCapture) => (capture.abandon(), response.end('x')),
      [],
    ],
    [
      'after the headers',
      (response: ServerResponse, capture: ResponseCapture) => (
        response.flushHeaders(),
        capture.abandon(),
        response.end('x')
      ),
      ['ready', 'sent'],
    ],
  ])('that is abandoned %s does not complete', async (_name, howToAnswer, events) => {
    expect(await capture(howToAnswer)).toBe('x');
    expect(listener.events).toEqual(events);
  });

  it('completes when the handler has settled, and not at all after an error', async () => {
    const unsettled = new Listener();
    await capture((response) => {
      const later = new ResponseCapture(response, 10, unsettled);
      response.end('x');
      expect(unsettled.events).toEqual(['ready', 'sent']);
      later.settle();
      later.settle();
    });
    expect(unsettled.events).toEqual(['ready', 'sent', 'complete']);
    const failed = new Listener();
    await capture((response) => {
      const later = new ResponseCapture(response, 10, failed);
      response.end('x');
      later.abandon();
      later.settle();
    });
    expect(failed.events).toEqual(['ready', 'sent']);
  });

  it('is not confused by hints and other interim answers', async () => {
    await capture((response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('x');
    });
    expect(listener.events).toEqual(['ready', 'sent', 'complete']);
    expect(listener.captured?.headers['link']).toBeUndefined();
  });

  it('lets callbacks of write and end be called', async () => {
    const called: string[] = [];
    await capture((response) => {
      response.write('x', () => called.push('write'));
      response.end('y', 'utf8', () => called.push('end'));
    });
    expect(called.toSorted()).toEqual(['end', 'write']);
    expect(listener.captured?.body.toString()).toBe('xy');
  });

  it('leaves one listener on the response and none behind on a stream', async () => {
    const { PassThrough } = await import('node:stream');
    const stream = new PassThrough();
    const before = stream.eventNames().map((name) => [name, stream.listenerCount(name)]);
    await capture((response) => {
      expect(response.listenerCount('pipe')).toBe(1);
      stream.pipe(response, { end: false });
      stream.unpipe(response);
      response.end('x');
    });
    expect(stream.eventNames().map((name) => [name, stream.listenerCount(name)])).toEqual(before);
  });
});
