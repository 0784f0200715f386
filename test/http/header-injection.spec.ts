import { validateHeaderValue } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCacheGroups, formatTagHeader } from '../../lib/http/cache-groups.js';
import { withCacheStatus } from '../../lib/http/cache-status.js';
import { setEtag } from '../../lib/http/entity-tag.js';
import { patchCacheControl } from '../../lib/http/patch-cache-control.js';
import { patchVary } from '../../lib/http/patch-vary.js';
import { ScriptedResponse } from './scripted-response.js';

const BREAK = '\r\nSet-Cookie: sid=1';

function written(header: string, write: (response: ScriptedResponse) => void): string | undefined {
  const response = new ScriptedResponse();
  write(response);
  return response.getHeader(header) as string | undefined;
}

/** Every way in which text of the application becomes a part of a header. */
const writers: [string, (text: string) => string | undefined][] = [
  ['patchVary', (text) => written('Vary', (response) => patchVary(response, text))],
  [
    'patchCacheControl with header names',
    (text) =>
      written('Cache-Control', (response) =>
        patchCacheControl(response, { private: [text], noCache: [text] }),
      ),
  ],
  [
    'patchCacheControl with a time',
    (text) => written('Cache-Control', (response) => patchCacheControl(response, { maxAge: text })),
  ],
  ['setEtag', (text) => written('ETag', (response) => setEtag(response, text))],
  ['withCacheStatus', (text) => withCacheStatus(undefined, { hit: true, detail: text })],
  ['formatCacheGroups', (text) => formatCacheGroups([text, `${text}${text}`])],
  ['formatTagHeader between commas', (text) => formatTagHeader('Cache-Tag', [text], text)],
  ['formatTagHeader between spaces', (text) => formatTagHeader('Surrogate-Key', [text], text)],
];

describe.each(writers)('%s', (_name, write) => {
  const isSafe = (text: string): boolean => {
    let value: string | undefined;
    try {
      value = write(text);
    } catch (error) {
      return /^CACHE_INVALID_(?:ARGUMENT|TIMEOUT)$/.test((error as { code?: string }).code ?? '');
    }
    if (value !== undefined) validateHeaderValue('X', value);
    return true;
  };

  it.each([BREAK, `a${BREAK}`, `"${BREAK}`, `${BREAK}"`, 'a\r', 'a\n', 'a\0b', '\u560a\u560d', '\u0100'])(
    'never begins another header with %j',
    (text) => {
      expect(isSafe(text)).toBe(true);
    },
  );

  it('writes what Node sends, or refuses the text and says so', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(isSafe(text)).toBe(true);
      }),
    );
  });
});
