import { sqljsDataSource } from '../support/data-sources.js';
import { describeDatabase, endAll } from './database-harness.js';

describeDatabase('database in sql.js', async () => {
  const dataSource = await sqljsDataSource();
  return {
    dataSources: { default: dataSource },
    // It lives in the memory of this one.
    desk: dataSource,
    table: 'my_cache_table',
    stop: () => endAll([dataSource]),
  };
});
