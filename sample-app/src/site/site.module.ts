import { Module } from '@nestjs/common';
import { CachedValues } from './cached-values.js';
import { HomeController } from './home.controller.js';

@Module({ controllers: [HomeController], providers: [CachedValues], exports: [CachedValues] })
export class SiteModule {}
