import { afterAll, beforeAll, beforeEach, describe } from '@jest/globals';
import { type ServerProcess, startMariadb, startPostgres } from '../../../support/servers/index.mjs';
import { OPENERS, type Store, STORE_NAMES } from './stores.js';
import { describeCounting } from './suites/counting.js';
import { describeReading } from './suites/reading.js';
import { describeRemoving } from './suites/removing.js';
import { describeWriting } from './suites/writing.js';

let postgres: ServerProcess;
let mariadb: ServerProcess;
beforeAll(async () => {
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
}, 60_000);
afterAll(async () => Promise.all([postgres.stop(), mariadb.stop()]));

describe.each(STORE_NAMES)('the statements on %s', (name) => {
  let store: Store;
  beforeAll(async () => {
    store = await OPENERS[name]({ postgres, mariadb }, {});
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    await store.rows(`DELETE FROM ${store.table}`);
  });

  describeReading(() => store);
  describeWriting(() => store);
  describeCounting(() => store);
  describeRemoving(() => store);
});
