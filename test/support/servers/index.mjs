// @ts-check
/** @typedef {import('./postgres-server.mjs').PostgresReplica} PostgresReplica */
export { createMariadbDatabase, onMariadb, startMariadb } from './mariadb-server.mjs';
export { startMemcached } from './memcached-server.mjs';
export { MemcachedWire, onMemcached } from './memcached-wire.mjs';
export { createPostgresDatabase, startPostgres, startPostgresReplica } from './postgres-server.mjs';
export { onPostgres, PostgresWire } from './postgres-wire.mjs';
export { startRedisCluster } from './redis-cluster.mjs';
export { startRedisSentinel } from './redis-sentinel.mjs';
export { startRedis, startRedisReplicas } from './redis-server.mjs';
export { onRedis, redisInfo, RedisWire } from './redis-wire.mjs';
export { ServerProcess } from './server-process.mjs';
export { startProxy } from './tcp-proxy.mjs';
