import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExpiryQueue } from '../../lib/backends/memory/expiry-queue.js';
import { MemoryEntry } from '../../lib/backends/memory/memory-entry.js';
import { type MemoryLimits, MemoryStore } from '../../lib/backends/memory/memory-store.js';
import { openCaches, ValueTooLargeError } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';

const ROOMY: MemoryLimits = { maxEntries: 1000, maxBytes: 1_000_000, cullFrequency: undefined };

function put(store: MemoryStore, key: string, bytes = 10, expiresAt: number | null = null): boolean {
  return store.put(key, '', Buffer.alloc(bytes, key), expiresAt);
}

describe('the memory store', () => {
  it('evicts what was used longest ago', () => {
    const store = new MemoryStore({ ...ROOMY, maxEntries: 3 }, new FakeClock());
    for (const key of ['a', 'b', 'c']) put(store, key);
    store.read('a');
    put(store, 'd');
    expect(['a', 'b', 'c', 'd'].filter((key) => store.find(key))).toEqual(['a', 'c', 'd']);
    put(store, 'c');
    put(store, 'e');
    expect(['a', 'c', 'd', 'e'].filter((key) => store.find(key))).toEqual(['c', 'd', 'e']);
  });

  it('stays within its bytes, bookkeeping included, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.nat(4000)), { maxLength: 200 }),
        (writes) => {
          const store = new MemoryStore({ ...ROOMY, maxBytes: 20_000 }, new FakeClock());
          let payloads = 0;
          for (const [key, bytes] of writes) {
            put(store, `key:${key}`, bytes);
            expect(store.bytes).toBeLessThanOrEqual(20_000);
          }
          for (let key = 0; key <= 50; key++) payloads += store.find(`key:${key}`)?.payload.length ?? 0;
          expect(payloads).toBeLessThanOrEqual(store.bytes);
        },
      ),
    );
  });

  it('gives the room of expired entries away before that of live ones, by number and by bytes', () => {
    const clock = new FakeClock();
    const store = new MemoryStore({ ...ROOMY, maxEntries: 4 }, clock);
    put(store, 'live');
    put(store, 'short', 10, clock.now() + 1000);
    put(store, 'shorter', 10, clock.now() + 500);
    put(store, 'long', 10, clock.now() + 9000);
    clock.advance(2);
    put(store, 'new');
    put(store, 'newer');
    expect(['live', 'long', 'new', 'newer'].every((key) => store.find(key))).toBe(true);
    expect(store.size).toBe(4);
  });

  it('counts decoded values that it keeps, and lets go of the count with the entry', () => {
    const store = new MemoryStore(ROOMY, new FakeClock());
    put(store, 'key');
    const before = store.bytes;
    const entry = store.read('key')!;
    const decoded = { value: { a: 1 }, codec: 'any', entry };
    store.keepDecoded(entry, decoded, 300);
    expect(store.bytes).toBe(before + 300);
    expect(store.read('key')!.decoded).toBe(decoded);
    put(store, 'key');
    expect(store.read('key')!.decoded).toBeUndefined();
    expect(decoded).toMatchObject({ entry: undefined, value: undefined });
    expect(store.bytes).toBe(before);
    store.keepDecoded(entry, decoded, 300);
    expect(store.bytes).toBe(before);
  });

  it('keeps no decoded value for which it has no room', () => {
    const store = new MemoryStore({ ...ROOMY, maxBytes: 2000 }, new FakeClock());
    put(store, 'key');
    const entry = store.read('key')!;
    store.keepDecoded(entry, { value: 'large', codec: 'any', entry }, 5000);
    expect(store.read('key')!.decoded).toBeUndefined();
  });

  it('never changes a payload that somebody was given, however often blocks are used again', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 200 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const store = new MemoryStore({ ...ROOMY, maxEntries: 4 }, new FakeClock());
        const given: { payload: Buffer; copy: Buffer }[] = [];
        steps.forEach(([key, bytes, isRead], index) => {
          store.put(`key:${key}`, '', Buffer.alloc(bytes, index & 255), null);
          const entry = isRead ? store.read(`key:${steps[index >> 1]![0]}`) : undefined;
          if (entry) given.push({ payload: entry.payload, copy: Buffer.from(entry.payload) });
        });
        for (const { payload, copy } of given) expect(payload.equals(copy)).toBe(true);
      }),
    );
  });

  it('holds payloads as they were written, whatever happens to the bytes it was given', () => {
    const store = new MemoryStore(ROOMY, new FakeClock());
    const bytes = Buffer.from('before');
    store.put('key', '', bytes, null);
    bytes.write('after!');
    expect(store.find('key')!.payload.toString()).toBe('before');
  });
});

describe('the expiry queue', () => {
  it('gives entries in the order in which they end, whatever was added and removed', () => {
    const operation = fc.oneof(fc.record({ add: fc.nat(100) }), fc.record({ remove: fc.nat(50) }));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const queue = new ExpiryQueue();
        const entries: MemoryEntry[] = [];
        const queued = new Set<MemoryEntry>();
        for (const { add, remove } of operations as { add?: number; remove?: number }[]) {
          if (add !== undefined) {
            const entry = new MemoryEntry('key', '', Buffer.alloc(0), add, 0);
            entries.push(entry);
            queued.add(entry);
            queue.add(entry);
          } else {
            const entry = entries[remove!];
            if (entry) queue.remove(entry);
            if (entry) queued.delete(entry);
          }
        }
        const order: number[] = [];
        for (let first = queue.firstExpired(1000); first; first = queue.firstExpired(1000)) {
          order.push(first.expiresAt!);
          queue.remove(first);
        }
        expect(order).toEqual([...queued].map((entry) => entry.expiresAt!).toSorted((a, b) => a - b));
      }),
    );
  });

  it('does not give what has not ended', () => {
    const queue = new ExpiryQueue();
    queue.add(new MemoryEntry('key', '', Buffer.alloc(0), 10, 0));
    queue.add(new MemoryEntry('forever', '', Buffer.alloc(0), null, 0));
    expect(queue.firstExpired(9)).toBeUndefined();
    expect(queue.firstExpired(10)?.key).toBe('key');
  });
});

describe('a memory cache', () => {
  it('refuses a value larger than all of it, with sizes, and forgets the old one', async () => {
    const registry = await openCaches(
      { default: { backend: 'memory', maxBytes: '10kb' } },
      { warn: () => {} },
    );
    const cache = registry.get('default');
    await cache.set('key', 'old');
    await expect(cache.set('key', 'x'.repeat(20_000))).rejects.toThrow(ValueTooLargeError);
    await expect(cache.set('key', 'x'.repeat(20_000))).rejects.toThrow(
      'takes 20004 bytes, more than maxBytes (10240) leaves',
    );
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.setMany({ a: 'x'.repeat(20_000), b: 1 })).toEqual(['a']);
    expect(await cache.getOrSet('key', () => 'x'.repeat(20_000))).toHaveLength(20_000);
    expect(cache.statistics().degraded).toBe(2);
  });
});
