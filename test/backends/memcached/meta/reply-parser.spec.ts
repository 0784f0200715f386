import { describe, expect, it } from '@jest/globals';
import { ReplyParser } from '../../../../lib/backends/memcached/meta/reply-parser.js';

type Reply = [line: string, value: string | undefined];

const STREAM = 'HD O1\r\nVA 5 O2\r\na\r\nb\n\r\nEN O3\r\nVA 0 O4\r\n\r\nVA 3\r\nabc\r\nMN\r\n';
const REPLIES: Reply[] = [
  ['HD O1', undefined],
  ['VA 5 O2', 'a\r\nb\n'],
  ['EN O3', undefined],
  ['VA 0 O4', ''],
  ['VA 3', 'abc'],
  ['MN', undefined],
];

function parse(chunks: readonly string[], maxValueBytes?: number): Reply[] {
  const replies: Reply[] = [];
  const parser = new ReplyParser(
    (line, value) => replies.push([line, value?.toString('latin1')]),
    maxValueBytes,
  );
  for (const chunk of chunks) parser.push(Buffer.from(chunk, 'latin1'));
  return replies;
}

describe('The parser of replies', () => {
  it('cuts a stream into replies', () => {
    expect(parse([STREAM])).toEqual(REPLIES);
  });

  it('finds the same replies wherever the stream is cut in three', () => {
    for (let first = 0; first <= STREAM.length; first++) {
      for (let second = first; second <= STREAM.length; second++) {
        const chunks = [STREAM.slice(0, first), STREAM.slice(first, second), STREAM.slice(second)];
        expect(parse(chunks)).toEqual(REPLIES);
      }
    }
  });

  it('finds the same replies byte by byte', () => {
    expect(parse(Array.from(STREAM))).toEqual(REPLIES);
  });

  it.each([
    ['a line without carriage return', 'HD\n'],
    ['an empty line', '\r\n'],
    ['a bare line feed', '\n'],
    ['a value without size', 'VA\r\n'],
    ['a value with a name in place of a size', 'VALUE a 0 1\r\n'],
    ['a negative size', 'VA -1\r\n'],
    ['a size with a leading zero', 'VA 01\r\n'],
    ['a size with an exponent', 'VA 1e3\r\n'],
    ['a size that is followed by rubbish', 'VA 3x\r\n'],
    ['a size over the limit', 'VA 134217729 O1\r\n'],
    ['a size beyond all numbers', `VA ${'9'.repeat(400)}\r\n`],
    ['a value that is longer than it says', 'VA 2\r\nabc\r\n'],
    ['a value that is shorter than it says', 'VA 4\r\nabc\r\nHD\r\n'],
    ['a line without an end', 'x'.repeat(2049)],
    ['a line that is too long', `${'x'.repeat(2049)}\r\n`],
  ])('refuses %s', (_what, stream) => {
    expect(() => parse([stream])).toThrow();
    expect(() => parse(Array.from(stream))).toThrow();
  });

  it('refuses a value over a limit of its own before it has come', () => {
    expect(() => parse(['VA 11 O1\r\n'], 10)).toThrow('over the limit of 10');
    expect(parse(['VA 10 O1\r\n0123456789\r\n'], 10)).toEqual([['VA 10 O1', '0123456789']]);
  });

  it('keeps no large chunk alive for a small value, and copies no large value', () => {
    const values: Buffer[] = [];
    const parser = new ReplyParser((_line, value) => values.push(value!));
    const large = Buffer.from(`VA 60000\r\n${'x'.repeat(60_000)}\r\nVA 10\r\n0123456789\r\n`);
    parser.push(large);
    expect(values.map((value) => value.buffer === large.buffer)).toEqual([true, false]);
  });

  it('hands over nothing once it is stopped in the middle of a chunk', () => {
    const lines: string[] = [];
    const parser: ReplyParser = new ReplyParser((line) => {
      lines.push(line);
      parser.stop();
    });
    parser.push(Buffer.from('HD O1\r\nHD O2\r\n'));
    parser.push(Buffer.from('HD O3\r\n'));
    expect(lines).toEqual(['HD O1']);
  });
});
