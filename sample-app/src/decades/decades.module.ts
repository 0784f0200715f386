import { Module } from '@nestjs/common';
import { DecadesController } from './decades.controller.js';
import { DecadesService } from './decades.service.js';

@Module({ controllers: [DecadesController], providers: [DecadesService] })
export class DecadesModule {}
