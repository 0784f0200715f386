import { smallObject } from '../samples.mjs';

/** What JSON has no word for. */
export function richObject(number) {
  return {
    ...smallObject(number),
    releasedAt: new Date(800_000_000_000 + number),
    views: 9_007_199_254_740_993n + BigInt(number),
    cast: new Map([
      ['Neil', { actor: 'Robert De Niro', scenes: 61 }],
      ['Vincent', { actor: 'Al Pacino', scenes: 58 }],
    ]),
    genres: new Set(['Crime', 'Drama']),
  };
}

export function bytes100kB(number) {
  return Buffer.alloc(100_000, `film ${number};`);
}
