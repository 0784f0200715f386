import { sqliteDataSource } from '../support/data-sources.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { describeDatabase, endAll } from './database-harness.js';

describeDatabase('database in a file of SQLite', async () => {
  const folder = await makeTemporaryFolder();
  // Kept from disk, not from transactions: nobody pulls the plug.
  const prepareDatabase = async (database: { pragma(text: string): unknown }) => {
    database.pragma('synchronous = OFF');
  };
  const desk = await sqliteDataSource(folder, { prepareDatabase });
  const dataSource = await sqliteDataSource(folder, { prepareDatabase });
  return {
    dataSources: { default: dataSource },
    desk,
    table: 'my "cache" table',
    stop: () => endAll([dataSource, desk], { stop: () => removeFolder(folder) }),
  };
});
