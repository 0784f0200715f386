import { postgresDataSource } from '../support/data-sources.js';
import { startPostgres } from '../support/servers/index.mjs';
import { describeDatabase, endAll } from './database-harness.js';

describeDatabase('database on PostgreSQL', async () => {
  const server = await startPostgres();
  const desk = await postgresDataSource(server);
  await desk.query('CREATE SCHEMA "of caches"');
  const dataSource = await postgresDataSource(server);
  return {
    dataSources: { default: dataSource },
    desk,
    table: 'of caches.my "cache" table',
    stop: () => endAll([dataSource, desk], server),
  };
});
