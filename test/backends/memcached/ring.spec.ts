import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { KetamaRing, type RingServer } from '../../../lib/backends/memcached/ketama-ring.js';

interface Table {
  readonly keys: readonly string[];
  /** For each key, the place of its server in the list, as one hexadecimal digit. */
  readonly lists: readonly { readonly servers: readonly RingServer[]; readonly owners: string }[];
}

const table = JSON.parse(readFileSync(new URL('ketama-table.json', import.meta.url), 'utf8')) as Table;
const many = Array.from({ length: 20_000 }, (_, index) => `shop:1:film:${index}`);

const listOf = (count: number): RingServer[] =>
  Array.from({ length: count }, (_, index) => ({ name: `10.0.0.${index + 1}:11211`, weight: 1 }));
const ownersOn = (ring: KetamaRing, keys: readonly string[] = many): string[] =>
  keys.map((key) => ring.serverFor(key));

describe('The ring', () => {
  it.each(table.lists)('places keys as an independent computation does: $servers.length servers', (list) => {
    const expected = Array.from(list.owners, (digit) => list.servers[Number.parseInt(digit, 16)]!.name);
    expect(ownersOn(new KetamaRing(list.servers), table.keys)).toEqual(expected);
  });

  it("places the keys 0 to 99 as libketama's own test prints it for its example list", () => {
    const weights = [600, 300, 200, 350, 1000, 800, 950, 100];
    const servers = weights.map((weight, index) => ({ name: `10.0.1.${index + 1}:11211`, weight }));
    const published =
      '15667173245176582566466776445157571528575315512187' +
      '61657617576366557766777667562677717614585277655541';
    const ring = new KetamaRing(servers);
    const placed = Array.from(published, (_, key) => ring.serverFor(String(key)).slice('10.0.1.'.length, 8));
    expect(placed.join('')).toBe(published);
  });

  it('begins anew behind the last point', () => {
    const weights = [600, 300, 200, 350, 1000, 800, 950, 100];
    const servers = weights.map((weight, index) => ({ name: `10.0.1.${index + 1}:11211`, weight }));
    expect(new KetamaRing(servers).serverFor('VDEAAAAA')).toBe('10.0.1.5:11211');
  });

  it('gives the fifth server no more than a quarter of the keys, and moves no others', () => {
    const before = ownersOn(new KetamaRing(listOf(4)));
    const after = ownersOn(new KetamaRing(listOf(5)));
    const moved = after.filter((owner, index) => owner !== before[index]);
    expect(new Set(moved)).toEqual(new Set(['10.0.0.5:11211']));
    expect(moved.length / many.length).toBeLessThanOrEqual(0.25);
    expect(moved.length / many.length).toBeGreaterThan(0.1);
  });

  it('spreads the keys of an ejected server over all others, and moves no others', () => {
    const ring = new KetamaRing(listOf(3));
    const before = ownersOn(ring);
    ring.eject('10.0.0.2:11211');
    const after = ownersOn(ring);
    const moved = after.filter((owner, index) => owner !== before[index]);
    expect(moved).toHaveLength(before.filter((owner) => owner === '10.0.0.2:11211').length);
    expect(new Set(moved)).toEqual(new Set(['10.0.0.1:11211', '10.0.0.3:11211']));
    ring.readmit('10.0.0.2:11211');
    expect(ownersOn(ring)).toEqual(before);
  });

  it('places keys with servers ejected as if their points had never been there', () => {
    const ring = new KetamaRing(listOf(5));
    ring.eject('10.0.0.1:11211');
    ring.eject('10.0.0.4:11211');
    const left = listOf(5).filter(({ name }) => name !== '10.0.0.1:11211' && name !== '10.0.0.4:11211');
    expect(ownersOn(ring)).toEqual(ownersOn(new KetamaRing(left)));
  });

  it('falls back on the full list when every server is ejected, and knows no strangers', () => {
    const ring = new KetamaRing(listOf(2));
    const before = ownersOn(ring);
    ring.eject('elsewhere:11211');
    ring.eject('10.0.0.1:11211');
    expect(new Set(ownersOn(ring))).toEqual(new Set(['10.0.0.2:11211']));
    ring.eject('10.0.0.2:11211');
    expect(ownersOn(ring)).toEqual(before);
  });

  it('gives the keys to somebody when the only servers left are too light for a point', () => {
    const light = ['light-a:1', 'light-b:1'].map((name) => ({ name, weight: 1 }));
    const ring = new KetamaRing([{ name: 'heavy:1', weight: 1_000_000 }, ...light]);
    expect(new Set(ownersOn(ring))).toEqual(new Set(['heavy:1']));
    ring.eject('heavy:1');
    expect(new Set(ownersOn(ring))).toEqual(new Set(['light-a:1']));
  });

  it('refuses an empty list', () => {
    expect(() => new KetamaRing([])).toThrow(RangeError);
  });
});
