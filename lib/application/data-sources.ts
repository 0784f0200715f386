import type { InjectionToken } from '@nestjs/common';
import type { ApplicationProviders } from './application-providers.js';
import { isDataSource } from '../backends/database/connections/data-source.js';
import type { DataSourceName } from '../backends/database/routing/cache-router.js';
import {
  type CacheRouterService,
  DEFAULT_DATA_SOURCE,
} from '../backends/database/routing/cache-router.service.js';
import { DataSources, showName } from '../backends/database/routing/data-sources.js';
import { CacheRegistry } from '../cache/cache-registry.js';
import { showToken } from './provider-search.js';

/** What `@nestjs/typeorm` puts behind the name of a data source, unless that is `default`, to make a token of it. */
const SUFFIX = 'DataSource';

/** The data sources among the providers of an application: those of `@nestjs/typeorm` by name, and all others by token. */
export function dataSourcesOfApplication(
  providers: ApplicationProviders,
  router: CacheRouterService,
): DataSources {
  return new DataSources(
    (name) => find(name, providers),
    () => namesIn(providers),
    router,
  );
}

async function find(name: DataSourceName, providers: ApplicationProviders): Promise<unknown> {
  const what = `the data source ${showName(name)}`;
  for (const tokens of tokensFor(name, providers)) {
    const found = providers.find(tokens, what);
    if (!found) continue;
    providers.shutDownAfterCaches(found.module);
    return providers.instanceOf(found, { what, holdsUp: CacheRegistry });
  }
  return undefined;
}

/** Tokens that mean the same, and after them those that come into question if nobody provides one of them. */
function tokensFor(name: DataSourceName, providers: ApplicationProviders): InjectionToken[][] {
  if (typeof name !== 'string') return [[name as InjectionToken]];
  if (name !== DEFAULT_DATA_SOURCE) return [[name + SUFFIX], [name]];
  const classes = [...providers.all()].map(({ token }) => token).filter(isDataSourceClass);
  return [[...new Set(classes)], [name]];
}

/**
 * Tells the class `DataSource` of TypeORM, which is the token of the default data source, from others, those derived from it too. It is not
 * imported: an application without a database has no TypeORM, and another may have two copies.
 */
function isDataSourceClass(token: InjectionToken): boolean {
  const prototype = typeof token === 'function' ? (token.prototype as object | undefined) : undefined;
  return (
    prototype !== undefined &&
    Object.hasOwn(prototype, 'createQueryRunner') &&
    Object.hasOwn(prototype, 'getRepository')
  );
}

function namesIn(providers: ApplicationProviders): string[] {
  const names = [...providers.all()].flatMap(({ token, wrapper }) => {
    if (isDataSourceClass(token)) return DEFAULT_DATA_SOURCE;
    if (typeof token === 'string' && token !== SUFFIX && token.endsWith(SUFFIX)) {
      return token.slice(0, -SUFFIX.length);
    }
    return !wrapper.isAlias && isDataSource(wrapper.instance) ? showToken(token) : [];
  });
  return [...new Set(names)];
}
