import { join } from 'node:path';
import { DataSource, type DataSourceOptions, type Logger } from 'typeorm';

/** The options of the data sources of one kind of database. */
type OptionsOf<Type, Options = DataSourceOptions> = Options extends { type: infer Types }
  ? Type extends Types
    ? Options
    : never
  : never;

type Given<Type> = Partial<Omit<OptionsOf<Type>, 'type'>>;

interface Server {
  readonly host: string;
  readonly port: number;
}

/** Records the statements that a data source sends: give it as `logger`. */
export class StatementLog implements Logger {
  readonly statements: string[] = [];
  readonly failures: string[] = [];

  /** How many statements match, or all. */
  count(pattern = /^/): number {
    return this.statements.filter((text) => pattern.test(text)).length;
  }

  clear(): void {
    this.statements.length = 0;
    this.failures.length = 0;
  }

  logQuery(text: string): void {
    this.statements.push(text);
  }

  logQueryError(error: string | Error, text: string): void {
    this.failures.push(`${text}: ${typeof error === 'string' ? error : error.message}`);
  }

  logQuerySlow(): void {}

  logSchemaBuild(): void {}

  logMigration(): void {}

  log(): void {}
}

/** Of the database `postgres`, if the options name no other. */
export async function postgresDataSource(
  { host, port }: Server,
  options: Given<'postgres'> = {},
): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    host,
    port,
    username: 'postgres',
    database: 'postgres',
    ...options,
  }).initialize();
}

/** Of the database that the options name, such as one of `createMariadbDatabase`. */
export async function mariadbDataSource(
  { host, port }: Server,
  options: Given<'mariadb'> & { type?: 'mariadb' | 'mysql' } = {},
): Promise<DataSource> {
  const { type = 'mariadb', ...others } = options;
  return new DataSource({ type, host, port, username: 'root', ...others }).initialize();
}

/** Of a file in a folder. */
export async function sqliteDataSource(
  folder: string,
  options: Given<'better-sqlite3'> = {},
): Promise<DataSource> {
  return new DataSource({
    type: 'better-sqlite3',
    database: join(folder, 'database.sqlite'),
    enableWAL: true,
    ...options,
  }).initialize();
}

/** In the memory of this process. */
export async function sqljsDataSource(options: Given<'sqljs'> = {}): Promise<DataSource> {
  return new DataSource({ type: 'sqljs', ...options }).initialize();
}
