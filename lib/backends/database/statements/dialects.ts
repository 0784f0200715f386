import type { Dialect, DialectName } from './dialect.js';
import { mysql } from './mysql.js';
import { postgres } from './postgres.js';
import { sqlite } from './sqlite.js';

const dialects: Readonly<Record<DialectName, Dialect>> = { postgres, mysql, sqlite };

export function dialectOf(name: DialectName): Dialect {
  return dialects[name];
}
