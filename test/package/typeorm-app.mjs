/** An application with a cache in a database, as somebody who has installed the package writes it. */
import assert from 'node:assert/strict';
import { openCaches } from 'nestjs-cache-framework';
import { CacheEntry, cacheEntryFor, createCacheTable } from 'nestjs-cache-framework/database';
import { DataSource } from 'typeorm';

const dataSource = new DataSource({
  type: 'sqljs',
  entities: [CacheEntry, cacheEntryFor('other')],
  synchronize: true,
});
await dataSource.initialize();
const report = await createCacheTable(dataSource, 'cache_entries');
assert.deepEqual(report.created, [], 'TypeORM has made all of the table');

const routed = [];
const router = {
  dbForWrite(entity, { alias, table }) {
    assert.equal(entity, CacheEntry);
    routed.push(`${alias}: ${table}`);
    return 'primary';
  },
  dbForRead: () => 'primary',
};
const complain = (message) => assert.fail(message);
const registry = await openCaches(
  {
    default: 'database://',
    other: 'database://other?maxEntries=10',
    made: 'database://made?createTable=true',
  },
  { warn: complain, dataSources: { primary: dataSource }, routers: [router] },
);
for (const cache of registry.all()) {
  await cache.set('film', new Map([[1, new Date(0)]]), '1h');
  assert.deepEqual(await cache.get('film'), new Map([[1, new Date(0)]]));
  assert.equal(await cache.add('film', 1), false);
  await cache.set('count', 1);
  assert.equal(await cache.incr('count', 2), 3);
  assert.deepEqual([...(await cache.getMany(['film', 'count', 'none'])).keys()], ['film', 'count']);
  assert.equal(await cache.touch('film', 5), true);
  assert.equal(await cache.delete('film'), true);
  assert.equal(await cache.has('film'), false);
}
await dataSource.transaction(async (manager) => {
  await registry.get('default').withinTransaction(manager).set('within', 1);
});
const row = await dataSource.getRepository(CacheEntry).findOneByOrFail({ cacheKey: ':1:within' });
assert.equal(Buffer.from(row.value).toString(), '1');
assert.ok(routed.includes('other: other'));
await registry.get('default').clear();
assert.equal(await dataSource.getRepository(CacheEntry).count(), 0);
await registry.closeAll();
assert.ok(dataSource.isInitialized);
await dataSource.destroy();
