import { quoteName, quoteTable } from '../table/ddl.js';
import { clearingQueries } from './clearing.js';
import { cullingQueries } from './culling.js';
import type { Dialect } from './dialect.js';
import { mysqlChanges } from './mysql-changes.js';
import { mysqlCull } from './mysql-cull.js';
import { mysqlSyntax } from './mysql-syntax.js';
import { readingQueries } from './reading.js';

/** MySQL and MariaDB. */
export const mysql: Dialect = {
  name: 'mysql',
  quote: (name) => quoteName('mysql', name),
  queries(tableName, facts) {
    const table = quoteTable('mysql', tableName);
    return {
      ...readingQueries(table, mysqlSyntax),
      ...mysqlChanges(table),
      ...clearingQueries(table, mysqlSyntax),
      ...cullingQueries((oldest) => mysqlCull(table, facts, oldest)),
    };
  },
};
