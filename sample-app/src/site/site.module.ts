import { Module } from '@nestjs/common';
import { CachedValues } from './cached-values.js';
import { HomeController } from './home.controller.js';
import { KeptPages } from './kept-pages.js';

@Module({
  controllers: [HomeController],
  providers: [CachedValues, KeptPages],
  exports: [CachedValues, KeptPages],
})
export class SiteModule {}
