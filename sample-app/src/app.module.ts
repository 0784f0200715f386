import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CacheModule } from 'nestjs-cache-framework';
import { cacheDataSource } from './caches/cache-data-source.js';
import { CachesController } from './caches/caches.controller.js';
import { KeptPageController } from './caches/kept-page.controller.js';
import { DecadesModule } from './decades/decades.module.js';
import { ENTITIES } from './entities/entities.js';
import { FilmsModule } from './films/films.module.js';
import { FlightsModule } from './flights/flights.module.js';
import { SiteModule } from './site/site.module.js';
import type { Settings } from './start/settings.js';
import { VisitorsModule } from './visitors/visitors.module.js';

@Module({})
export class AppModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CacheModule.forRoot({
          caches: settings.caches,
          // Pages that say nothing of caches themselves, for visitors without a cookie.
          site: { cache: 'pages', timeout: '10m' },
        }),
        // The database is there already, so one attempt tells.
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: settings.database,
          entities: ENTITIES,
          // Who reads does not wait for who writes: with CACHE_URL=database:// the caches write to this file, too.
          enableWAL: true,
          retryAttempts: 1,
        }),
        SiteModule,
        FilmsModule,
        FlightsModule,
        DecadesModule,
        VisitorsModule.with(settings.sessionSecret),
      ],
      controllers: [CachesController, KeptPageController],
      providers: settings.cacheDatabase ? [cacheDataSource(settings.cacheDatabase)] : [],
    };
  }
}
