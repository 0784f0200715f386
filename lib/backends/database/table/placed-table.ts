import type { DataSourceLike } from '../connections/data-source.js';
import type { TableName } from './table-name.js';

/**
 * Returns where a table without a schema is: in the schema that the options of a PostgreSQL data source name, as TypeORM has it for entities;
 * otherwise wherever the database looks.
 */
export function placeTable(table: TableName, dataSource: DataSourceLike): TableName {
  const { schema, type } = dataSource.options as { readonly schema?: unknown; readonly type: string };
  const isNamed = type === 'postgres' && typeof schema === 'string' && schema !== '';
  return table.schema === undefined && isNamed ? { schema, table: table.table } : table;
}
