import { describe, expect, it } from '@jest/globals';
import { noteKey, stampKey, wireKey } from '../../../lib/backends/memcached/wire-key.js';

const STAMP = '123456789012345';

describe('A key as memcached gets it', () => {
  it('is the final key behind the stamp where that is plain', () => {
    expect(wireKey(STAMP, 'shop:1:film/7?a=b')).toBe(`${STAMP}:shop:1:film/7?a=b`);
  });

  it.each(['a$$b', 'a$&b', 'é', '日本', 'x'.repeat(250), 'a b', 'a\u0000b'])(
    'is a hash where %j would not pass every client',
    (key) => {
      expect(wireKey(STAMP, key)).toMatch(/^\d{15}#[\w-]{43}$/);
    },
  );

  it('is never that of another final key', () => {
    const keys = ['a$$b', 'a$b', 'a', 'A', 'é', 'e\u0301', 'x'.repeat(249), 'x'.repeat(250)];
    expect(new Set(keys.map((key) => wireKey(STAMP, key))).size).toBe(keys.length);
  });

  it('leaves room for the note of its end within the 250 bytes of the server', () => {
    for (let length = 1; length <= 250; length++) {
      expect(noteKey(wireKey(STAMP, 'x'.repeat(length))).length).toBeLessThanOrEqual(250);
    }
  });

  it('cannot be taken for the key of a stamp or of a note', () => {
    expect(wireKey(STAMP, 'x')).toMatch(/^\d/);
    expect(noteKey(wireKey(STAMP, 'x'))).toMatch(/^e\d/);
    expect(stampKey('scope', '10.0.0.1:11211')).toMatch(/^nestjs-cache:stamp:[\w-]{22}:spill:[\w-]{22}$/);
  });
});
