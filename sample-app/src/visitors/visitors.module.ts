import { type DynamicModule, Module } from '@nestjs/common';
import { FilmsModule } from '../films/films.module.js';
import { SiteModule } from '../site/site.module.js';
import { Session } from './session.js';
import { VisitorsController } from './visitors.controller.js';
import { VisitorsService } from './visitors.service.js';

@Module({})
export class VisitorsModule {
  static with(secret: string | Buffer): DynamicModule {
    return {
      module: VisitorsModule,
      imports: [FilmsModule, SiteModule],
      controllers: [VisitorsController],
      providers: [VisitorsService, { provide: Session, useValue: new Session(secret) }],
    };
  }
}
