import KeyvRedis from '@keyv/redis';
import { CacheInterceptor, CacheModule, CacheTTL } from '@nestjs/cache-manager';
import { UseInterceptors } from '@nestjs/common';

const TIMEOUT_MS = 600_000;

/** As Nest's own documentation shows it. @param {import('./subject.mjs').SubjectOptions} options @returns {import('./subject.mjs').PageSubject} */
export function openCacheManager({ redis }) {
  const module = redis
    ? CacheModule.registerAsync({ useFactory: () => ({ stores: [new KeyvRedis(redis)] }) })
    : CacheModule.register();
  return { imports: [module], onHandlers: [UseInterceptors(CacheInterceptor), CacheTTL(TIMEOUT_MS)] };
}
