import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CacheKeyNotFoundError, type CacheService } from '../../lib/index.js';
import { barrier } from './barrier.js';
import type { Subject } from './describe-cache-backend.js';
import { Bench } from './harness.js';

type Change = (other: CacheService) => Promise<unknown>;

/** What makes a value that is being computed outdated, and what is there afterwards. */
const CHANGES: [string, Change, unknown][] = [
  ['delete', (other) => other.delete('key'), undefined],
  ['deleteMany', (other) => other.deleteMany(['key', 'b']), undefined],
  ['clear', (other) => other.clear(), undefined],
  ['set', (other) => other.set('key', 'theirs'), 'theirs'],
  ['setMany', (other) => other.setMany({ key: 'theirs' }), 'theirs'],
  ['a set for no time', (other) => other.set('key', 'theirs', 0), undefined],
  ['add', async (other) => expect(await other.add('key', 'theirs')).toBe(true), 'theirs'],
];

/** Of backends that processes share: whether whoever changes an entry wins over computations that began before, in whatever process these are. */
export function overtakingCases(subject: Subject): void {
  let beside: Bench;
  beforeEach(async () => {
    beside = await Bench.beside(subject.bench, [subject.variant]);
  });
  afterEach(async () => beside.registry.closeAll());
  const cache = (): CacheService => subject.bench.cache(subject.variant);
  const other = (): CacheService => beside.cache(subject.variant);
  const settle = (): Promise<void> => subject.bench.settle();

  it.each(CHANGES)(
    'lets %s by another process win over what was computed before',
    async (_name, change, afterwards) => {
      const { begun, factory, finish } = barrier();
      const old = cache().getOrSet('key', factory);
      await begun;
      await change(other());
      finish('old');
      expect(await old).toBe('old');
      await settle();
      expect(await other().get('key')).toBe(afterwards);
      expect(await cache().get('key')).toBe(afterwards);
    },
  );

  it.each(CHANGES)('lets %s by another process win over a batch', async (_name, change, afterwards) => {
    const { begun, factory, finish } = barrier();
    const old = cache().getOrSetMany(['key', 'a'], async () => ({ key: await factory(), a: 'a' }));
    await begun;
    await change(other());
    finish('old');
    expect(await old).toEqual(new Map(Object.entries({ key: 'old', a: 'a' })));
    await settle();
    expect(await other().get('key')).toBe(afterwards);
  });

  it('lets a delete win over a computation under tags', async () => {
    const { begun, factory, finish } = barrier();
    const old = cache().getOrSet('key', factory, { tags: ['tag'] });
    await begun;
    await other().delete('key');
    finish('old');
    await old;
    await settle();
    expect(await other().has('key')).toBe(false);
  });

  it('computes anew for those who ask after the change, though they waited for what began before', async () => {
    const { begun, factory, finish } = barrier();
    const old = cache().getOrSet('key', factory);
    await begun;
    await other().delete('key');
    await settle();
    const followers = [1, 2, 3].map(() => cache().getOrSet('key', () => 'new'));
    const many = cache().getOrSetMany(['key'], () => ({ key: 'new' }));
    finish('old');
    expect(await old).toBe('old');
    expect(await Promise.all(followers)).toEqual(['new', 'new', 'new']);
    expect(await many).toEqual(new Map([['key', 'new']]));
    await settle();
    expect(await other().get('key')).toBe('new');
  });

  it('stores what is computed when nothing has changed, of several processes what comes first', async () => {
    const [here, there] = [barrier(), barrier()];
    const one = cache().getOrSet('key', here.factory);
    await here.begun;
    await settle();
    const two = other().getOrSet('key', there.factory);
    await there.begun;
    there.finish('there');
    expect(await two).toBe('there');
    here.finish('here');
    expect(await one).toBe('here');
    await settle();
    expect(await cache().get('key')).toBe('there');
    expect(await other().get('key')).toBe('there');
  });

  it('is absent everywhere while it is being computed', async () => {
    const { begun, factory, finish } = barrier();
    const computed = cache().getOrSet('key', factory);
    await begun;
    await settle();
    expect(await other().get('key')).toBeUndefined();
    expect(await other().getMany(['key'])).toEqual(new Map());
    expect(await other().has('key')).toBe(false);
    expect(await other().ttl('key')).toBeUndefined();
    await expect(other().incr('key')).rejects.toThrow(CacheKeyNotFoundError);
    await expect(other().incrVersion('key')).rejects.toThrow(CacheKeyNotFoundError);
    finish('new');
    await computed;
    await settle();
    expect(await other().get('key')).toBe('new');
  });

  it('is absent after a computation that failed, and can be computed and added again', async () => {
    const { begun, factory, fail } = barrier();
    const failing = cache().getOrSet('key', factory);
    await begun;
    fail(new Error('no data'));
    await expect(failing).rejects.toThrow('no data');
    await cache().getOrSetMany(['a', 'b'], () => ({ b: 'b' }));
    await settle();
    expect(await other().getMany(['key', 'a', 'b'])).toEqual(new Map([['b', 'b']]));
    expect(await other().add('a', 'added')).toBe(true);
    expect(await other().getOrSet('key', () => 'new')).toBe('new');
    await settle();
    expect(await cache().getMany(['key', 'a'])).toEqual(new Map(Object.entries({ key: 'new', a: 'added' })));
  });

  it('leaves no place taken for long by a computation that failed', async () => {
    const fail = (): never => {
      throw new Error('no data');
    };
    await expect(cache().getOrSet('key', fail)).rejects.toThrow('no data');
    await settle();
    await subject.bench.advance(5);
    expect(await other().touch('key')).toBe(false);
  });

  it('is not stored by a computation that took so long that nobody remembers it', async () => {
    const { begun, factory, finish } = barrier();
    const late = cache().getOrSet('key', factory);
    await begun;
    await subject.bench.advance(3600);
    finish('late');
    expect(await late).toBe('late');
    await settle();
    expect(await other().has('key')).toBe(false);
  });

  it('leaves nothing of a value that is not to be kept', async () => {
    expect(await cache().getOrSet('key', () => 'value', 0)).toBe('value');
    await settle();
    expect(await other().add('key', 'added')).toBe(true);
  });
}
