/** What memcached itself needs of an item beside key and value, at most. */
export const ITEM_OVERHEAD = 64;
/** The server's own default. */
export const DEFAULT_ITEM_LIMIT = 1024 ** 2;

/** Reads the size of the largest item from the server's settings; some hosted servers do not tell it. */
export function itemLimitIn(settings: Readonly<Record<string, unknown>>): number {
  const limit = Number(settings['item_size_max']);
  return limit > 0 ? limit : DEFAULT_ITEM_LIMIT;
}
