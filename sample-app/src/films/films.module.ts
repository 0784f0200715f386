import { type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { SiteModule } from '../site/site.module.js';
import { DirectorsController } from './directors.controller.js';
import { FilmRecords } from './film-records.js';
import { FilmsApiController } from './films-api.controller.js';
import { FilmsController } from './films.controller.js';
import { FilmsService } from './films.service.js';
import { VersionMiddleware } from './version.middleware.js';

@Module({
  imports: [SiteModule],
  controllers: [FilmsController, FilmsApiController, DirectorsController],
  providers: [FilmRecords, FilmsService],
  exports: [FilmsService],
})
export class FilmsModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(VersionMiddleware)
      .forRoutes(
        { path: 'api/films', method: RequestMethod.GET },
        { path: 'api/films/:id', method: RequestMethod.PUT },
      );
  }
}
