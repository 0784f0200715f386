import { createHash } from 'node:crypto';
import { messageOf } from '../../core/show.js';
import type { RedisArgument, RedisCommand } from './redis-client.js';

/** A script that servers run as one operation. */
export interface Script {
  readonly source: string;
  readonly digest: string;
}

function script(source: string): Script {
  return { source, digest: createHash('sha1').update(source).digest('hex') };
}

/**
 * Adds to a counter that exists and keeps its end; returns the sum as a status, since the client reads integers near the end of the safe
 * range wrong by one. What cannot be counted is left as it is and its beginning returned as bytes. Numbers of Lua are those of JavaScript, so
 * a sum is exact unless it leaves the safe range.
 */
export const ADD = script(`
local value = redis.call('GET', KEYS[1])
if not value then return false end
local number = #value <= 17 and string.find(value, '^-?%d+$') and tonumber(value)
if not number or value == '-0' or string.format('%.0f', number) ~= value then return string.sub(value, 1, 18) end
local limit = 9007199254740991
local sum = number + tonumber(ARGV[1])
if math.abs(number) > limit or math.abs(sum) > limit then return value end
redis.call('INCRBY', KEYS[1], ARGV[1])
return { ok = string.format('%.0f', sum) }
`);

/**
 * Puts a payload in place of one that is as expected, with so many milliseconds to live, or none for ever; tells whether it did. An entry of
 * another type is not as expected.
 */
export const REPLACE = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
`);

/** Removes some of the entries that an index lists, with their lines in it; returns how many there were. */
export const REMOVE_LISTED = script(`
local keys = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
for _, key in ipairs(keys) do redis.call('UNLINK', key) end
if #keys > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #keys - 1) end
return #keys
`);

/** Runs a script, whose text goes over the wire only where the server does not know it. */
export async function run(
  { digest, source }: Script,
  send: (command: RedisCommand) => Promise<unknown>,
  key: RedisArgument,
  ...given: readonly RedisArgument[]
): Promise<unknown> {
  try {
    return await send(['EVALSHA', digest, '1', key, ...given]);
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return send(['EVAL', source, '1', key, ...given]);
  }
}
