import { mariadbDataSource } from '../support/data-sources.js';
import { createMariadbDatabase, startMariadb } from '../support/servers/index.mjs';
import { describeDatabase, endAll } from './database-harness.js';

describeDatabase('database on MariaDB', async () => {
  const server = await startMariadb();
  const database = await createMariadbDatabase(server);
  const desk = await mariadbDataSource(server, { database });
  const dataSource = await mariadbDataSource(server, { database });
  return {
    dataSources: { default: dataSource },
    desk,
    table: 'my `cache` table',
    stop: () => endAll([dataSource, desk], server),
  };
});
