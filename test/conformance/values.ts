import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from '@jest/globals';
import { UnsupportedValueError, ValueTooLargeError } from '../../lib/index.js';
import { VALUE_KINDS } from '../support/value-kinds.js';
import type { Subject } from './describe-cache-backend.js';

class Film {
  title = 'Heat';
  get label(): string {
    return this.title;
  }
}

export function valueCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);
  const { largestPayload } = subject.harness;

  it.each(VALUE_KINDS)('gives back %s as it was', async (_kind, value) => {
    await cache().set('value', value);
    // The second reading may take another way than the first.
    for (const reading of [await cache().get('value'), await cache().get('value')]) {
      expect(isDeepStrictEqual(reading, value)).toBe(true);
      expect(Object.is(reading, value)).toBe(typeof value !== 'object' || value === null);
    }
    expect(isDeepStrictEqual((await cache().getMany(['value'])).get('value'), value)).toBe(true);
    expect(isDeepStrictEqual(await cache().getOrSet('computed', () => value), value)).toBe(true);
  });

  it('gives back an object that contains itself, and one part that occurs twice, as such', async () => {
    const part = { n: 1 };
    await cache().set('value', { part, again: part });
    const value = (await cache().get<{ part: object; again: object }>('value'))!;
    expect(value.again).toBe(value.part);
  });

  it('gives back every byte, and what looks like an answer of a server', async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    const traps = [
      '\r\n',
      '\0',
      '\r\nEND\r\n',
      'VALUE key 0 1\r\n',
      '$-1\r\n',
      'HD\r\nMN\r\n',
      '*1\r\n+OK\r\n',
    ];
    await cache().setMany(traps.map((text, index) => [`text:${index}`, text] as const));
    await cache().setMany(traps.map((text, index) => [`bytes:${index}`, Buffer.from(text)] as const));
    await cache().set('bytes', bytes);
    expect((await cache().get<Buffer>('bytes'))!.equals(bytes)).toBe(true);
    expect(await cache().get<string>('text:2')).toBe(traps[2]);
    const texts = await cache().getMany<string>(traps.map((_, index) => `text:${index}`));
    const buffers = await cache().getMany<Buffer>(traps.map((_, index) => `bytes:${index}`));
    traps.forEach((text, index) => {
      expect(texts.get(`text:${index}`)).toBe(text);
      expect(buffers.get(`bytes:${index}`)!.toString('latin1')).toBe(text);
    });
  });

  it('gives back 900 kB that do not compress', async () => {
    const noise = randomBytes(900_000);
    await cache().set('noise', noise);
    expect((await cache().get<Buffer>('noise'))!.equals(noise)).toBe(true);
    expect((await cache().getMany<Buffer>(['noise', 'other'])).get('noise')!.equals(noise)).toBe(true);
    expect(await cache().add('noise', 1)).toBe(false);
    expect(await cache().delete('noise')).toBe(true);
  });

  it('gives back an invalid date', async () => {
    await cache().set('value', { at: new Date(Number.NaN) });
    expect((await cache().get<{ at: Date }>('value'))!.at.getTime()).toBeNaN();
  });

  it('gives back objects nested deeper than the stack', async () => {
    const levels = largestPayload === undefined ? 100_000 : 50_000;
    let value: { next?: object } = {};
    for (let level = 0; level < levels; level++) value = { next: value };
    await cache().set('value', value);
    let depth = 0;
    for (let at = await cache().get<{ next?: object }>('value'); at?.next; at = at.next) depth++;
    expect(depth).toBe(levels);
  });

  it('refuses undefined, and points to null', async () => {
    await cache().set('key', 'old');
    await expect(cache().set('key', undefined)).rejects.toThrow('cache null');
    await expect(cache().getOrSet('other', () => undefined)).rejects.toThrow(UnsupportedValueError);
    expect(await cache().get('key')).toBe('old');
  });

  it('gives back the data of class instances as plain objects', async () => {
    await cache().set('film', { film: new Film(), films: [new Film()] });
    const value = await cache().get('film');
    expect(isDeepStrictEqual(value, { film: { title: 'Heat' }, films: [{ title: 'Heat' }] })).toBe(true);
  });

  it('does not see what is changed in a value after it was stored', async () => {
    const film = { title: 'Heat', cast: ['Pacino'] };
    await cache().set('film', film);
    film.title = 'Cold';
    film.cast.push('De Niro');
    expect(await cache().get('film')).toEqual({ title: 'Heat', cast: ['Pacino'] });
  });

  it('does not see what is changed in a value that was read', async () => {
    await cache().set('film', { title: 'Heat', cast: ['Pacino'], bytes: Buffer.from('abc') });
    await cache().set('plain', { list: [{ n: 1 }] });
    await cache().set('bytes', Buffer.from('abc'));
    for (let reading = 0; reading < 3; reading++) {
      const film = (await cache().get<{ title: string; cast: string[]; bytes: Buffer }>('film'))!;
      expect(film).toEqual({ title: 'Heat', cast: ['Pacino'], bytes: Buffer.from('abc') });
      film.cast.push('De Niro');
      film.bytes[0] = 0;
      const plain = (await cache().get<{ list: { n: number }[] }>('plain'))!;
      expect(plain).toEqual({ list: [{ n: 1 }] });
      plain.list[0]!.n = 2;
      plain.list.push({ n: 3 });
      const bytes = (await cache().get<Buffer>('bytes'))!;
      expect(bytes.toString()).toBe('abc');
      bytes[0] = 0;
    }
  });

  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a function in an object', { run: () => 1 }],
    ['a symbol', Symbol('s')],
    ['a symbol in an array', [Symbol('s')]],
    ['a property named by a symbol', { [Symbol('s')]: 1 }],
    ['a promise', Promise.resolve(1)],
    ['a WeakMap', { seen: new WeakMap() }],
    ['Headers, which hide their content', new Headers({ a: 'b' })],
    ['a boxed number', Object(5)],
  ])('refuses %s and keeps what was there', async (_kind, value) => {
    await cache().set('key', 'old');
    await expect(cache().set('key', value)).rejects.toThrow(UnsupportedValueError);
    await expect(cache().add('other', value)).rejects.toThrow(UnsupportedValueError);
    await expect(cache().setMany({ key: value, other: 1 })).rejects.toThrow(UnsupportedValueError);
    await expect(cache().getOrSet('third', () => ({ value }))).rejects.toThrow(UnsupportedValueError);
    expect(await cache().get('key')).toBe('old');
    expect(await cache().getMany(['other', 'third'])).toEqual(new Map());
  });

  it('names the place of what it refuses', async () => {
    await expect(cache().set('key', { films: [{ load: () => 1 }] })).rejects.toThrow('value.films[0].load');
  });

  if (largestPayload === undefined) return;

  it('refuses a value that is too large for the store, and does not leave the old one there', async () => {
    const tooLarge = randomBytes(largestPayload + 1);
    await cache().setMany({ set: 'old', many: 'old', other: 'old' });
    await expect(cache().set('set', tooLarge)).rejects.toThrow(ValueTooLargeError);
    expect(await cache().setMany({ many: tooLarge, other: 'new' })).toEqual(['many']);
    await expect(cache().add('added', tooLarge)).rejects.toThrow(ValueTooLargeError);
    expect(await cache().getMany(['set', 'many', 'added', 'other'])).toEqual(new Map([['other', 'new']]));
  });
}
