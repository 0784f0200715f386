import { once } from 'node:events';
import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ResponseCapture } from '../../lib/pages/responses/response-capture.js';
import { Listener } from './capture-listener.js';

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
    expect(listener.events).toEqual(['ready', 'failed by the answer']);
  });

  it.each([
    [
      'before the headers',
      (response: ServerResponse, capture: ResponseCapture) => (capture.abandon(), response.end('x')),
      ['failed by the answer'],
    ],
    [
      'after the headers',
      (response: ServerResponse, capture: ResponseCapture) => (
        response.flushHeaders(),
        capture.abandon(),
        response.end('x')
      ),
      ['ready', 'sent', 'failed by the answer'],
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
    expect(failed.events).toEqual(['ready', 'sent', 'failed by the answer']);
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

  it.each<[string, Answer, string | undefined]>([
    ['a body at the end', (r) => r.end('x'), 'x'],
    ['an empty body', (r) => r.end(), ''],
    ['a body after headers without a length', (r) => r.writeHead(200, { 'X-A': '1' }).end('x'), undefined],
    ['a body after headers with its length', (r) => r.writeHead(200, { 'content-length': 1 }).end('x'), 'x'],
    ['a body in parts', (r) => (r.write('x'), r.end('y')), undefined],
    [
      'a body in parts after headers with its length',
      (r) => (r.writeHead(200, { 'content-length': 2 }), r.write('x'), r.end('y')),
      undefined,
    ],
    [
      'a body after headers that were flushed',
      (r) => (r.writeHead(200, { 'content-length': 1 }), r.flushHeaders(), r.end('x')),
      undefined,
    ],
  ])('knows the body beforehand, if it can, where there is %s', async (_name, howToAnswer, whole) => {
    await capture(howToAnswer);
    expect(listener.whole?.toString()).toBe(whole);
    expect(listener.events.filter((event) => event !== 'began')).toEqual(['ready', 'sent', 'complete']);
  });

  it('that waits for the body with the headers behaves as if they were written', async () => {
    const seen: unknown[] = [];
    await capture((response) => {
      response.writeHead(200, { 'content-length': 1 });
      seen.push(response.headersSent, listener.events.length);
      expect(() => response.writeHead(404)).toThrow('after they are sent');
      seen.push(response.headersSent, response.statusCode);
      response.end('x');
      seen.push(response.headersSent);
    });
    expect(seen).toEqual([true, 0, true, 200, true]);
    expect(listener.captured?.body.toString()).toBe('x');
  });

  it('sends headers that waited although it was abandoned', async () => {
    expect(
      await capture((response, own) => {
        response.writeHead(200, { 'content-length': 1 });
        own.abandon();
        response.end('x');
      }),
    ).toBe('x');
    expect(listener.events).toEqual(['failed by the answer']);
  });

  it.each<[string, Answer]>([
    ['ended at once', (r) => r.end('known')],
    [
      'after headers',
      (r) => r.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5 }).end('known'),
    ],
    ['in parts', (r) => (r.setHeader('Content-Type', 'text/plain'), r.write('kno'), r.end('wn'))],
    ['in parts, with callbacks', (r) => void r.write('kno', () => r.write('w', 'utf8', () => r.end('n')))],
    ['from a stream', (r) => void Readable.from(['kno', 'wn']).pipe(r)],
  ])('captures what the client knows, and sends nothing of it: %s', async (_name, howToAnswer) => {
    let sent: ServerResponse | undefined;
    const answerKnown: Answer = (response, own) => {
      listener.isKnown = true;
      sent = response;
      return howToAnswer(response, own);
    };
    expect(await capture(answerKnown)).toBe('');
    expect(sent?.statusCode).toBe(304);
    expect(sent?.getHeader('content-type')).toBeUndefined();
    expect(listener.captured).toMatchObject({ status: 200, body: Buffer.from('known') });
  });

  it('sends nothing of what the client knows, also where it is not kept', async () => {
    const text = await capture((response) => {
      listener.isKnown = true;
      response.write('x');
      response.end('y');
    }, false);
    expect([text, listener.captured]).toEqual(['', undefined]);
  });

  it('tells of a body in parts, and of a client that is slower than they come', async () => {
    const large = 'x'.repeat(2 ** 22);
    await capture((response) => {
      response.write('x');
      response.end();
    });
    expect(listener.events).toEqual(['ready', 'sent', 'began', 'complete']);
    const slow = new Listener();
    await capture((response) => {
      const roomy = new ResponseCapture(response, 2 ** 23, slow);
      roomy.settle();
      response.write(large);
      response.end();
    });
    expect(slow.events).toEqual(['ready', 'sent', 'began', 'stalled', 'complete']);
  });

  it('tells when the client has gone', async () => {
    const gone = new Listener();
    const told = new Promise<string>((resolve) => (gone.failed = resolve));
    answer = (response) => {
      new ResponseCapture(response, 10, gone).settle();
      response.flushHeaders();
    };
    const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
    await once(request, 'response');
    request.destroy();
    request.on('error', () => {});
    expect(await told).toBe('client');
    expect(gone.events).toEqual(['ready', 'sent']);
  });

  it('tells when the client has all and the handler has not settled', async () => {
    const unsettled = new Listener();
    const closed = new Promise<void>((resolve) => (unsettled.isOverdue = resolve));
    let late: ResponseCapture | undefined;
    await capture((response) => {
      late = new ResponseCapture(response, 10, unsettled);
      response.end('x');
    });
    await closed;
    expect(unsettled.captured).toBeUndefined();
    late?.settle();
    expect(unsettled.captured?.body.toString()).toBe('x');
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
