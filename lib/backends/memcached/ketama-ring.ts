import { hash } from 'node:crypto';

/** A server as the ring knows it. The name decides the placement; the weight is its share among the weights of all. */
export interface RingServer {
  readonly name: string;
  readonly weight: number;
}

const DIGESTS_PER_SERVER = 40;
const POINTS_PER_DIGEST = 4;

/**
 * The continuum of libketama: each server owns points on a circle, and a key belongs to the server of the first point at or after
 * its own hash. Equal for equal lists in every client that follows libketama, so that several programs can share the servers.
 *
 * @see https://github.com/RJ/ketama
 */
export class KetamaRing {
  readonly #servers: readonly RingServer[];
  readonly #ejected = new Set<string>();
  readonly #continuum: Continuum;
  #living: Continuum;

  constructor(servers: readonly RingServer[]) {
    if (servers.length === 0) throw new RangeError('A ring needs a server.');
    this.#servers = servers;
    this.#continuum = continuumOf(servers);
    this.#living = this.#continuum;
  }

  /** Returns the name of the server of a key. With all servers ejected it is the one that would have it if none were. */
  serverFor(key: string): string {
    const { points, owners, only } = this.#living;
    if (only !== undefined) return only;
    return this.#servers[owners[firstAtOrAfter(points, hashOf(key))]!]!.name;
  }

  /** Leaves a server out: its keys go to the next points of others, and no other key moves. */
  eject(name: string): void {
    if (!this.#servers.some((server) => server.name === name)) return;
    this.#ejected.add(name);
    this.#living = this.#withoutEjected();
  }

  /** Gives an ejected server all its keys back. */
  readmit(name: string): void {
    if (this.#ejected.delete(name)) this.#living = this.#withoutEjected();
  }

  #withoutEjected(): Continuum {
    const left = this.#servers.filter(({ name }) => !this.#ejected.has(name));
    if (left.length === this.#servers.length || left.length === 0) return this.#continuum;
    const kept = [...this.#continuum.owners.keys()].filter((at) => {
      const owner = this.#servers[this.#continuum.owners[at]!]!;
      return !this.#ejected.has(owner.name);
    });
    return {
      points: Uint32Array.from(kept, (at) => this.#continuum.points[at]!),
      owners: Uint16Array.from(kept, (at) => this.#continuum.owners[at]!),
      // A light server among heavy ones can have no point at all.
      only: left.length === 1 || kept.length === 0 ? left[0]!.name : undefined,
    };
  }
}

/** Points in ascending order, and for each the place of its server in the list. */
interface Continuum {
  readonly points: Uint32Array;
  readonly owners: Uint16Array;
  /** The server of all keys, where no hash is needed. */
  readonly only: string | undefined;
}

function continuumOf(servers: readonly RingServer[]): Continuum {
  const total = servers.reduce((sum, { weight }) => sum + weight, 0);
  const marks = servers.flatMap(({ name, weight }, owner) =>
    pointsOf(name, digestCount(weight, total, servers.length)).map((point) => ({ point, owner })),
  );
  marks.sort((a, b) => a.point - b.point);
  return {
    points: Uint32Array.from(marks, ({ point }) => point),
    owners: Uint16Array.from(marks, ({ owner }) => owner),
    only: servers.length === 1 ? servers[0]!.name : undefined,
  };
}

/**
 * libketama computes the share as a C `float`, multiplies it as a `double` and rounds down what is left of that in a `float`. With other
 * arithmetic a server has a digest more or less for some weights, and keys move.
 */
function digestCount(weight: number, total: number, servers: number): number {
  const share = Math.fround(Math.fround(weight) / Math.fround(total));
  return Math.floor(Math.fround(share * DIGESTS_PER_SERVER * servers));
}

function pointsOf(name: string, digests: number): number[] {
  return Array.from({ length: digests }, (_, index) => hash('md5', `${name}-${index}`)).flatMap((digest) =>
    Array.from({ length: POINTS_PER_DIGEST }, (_, part) => littleEndian(digest, part)),
  );
}

function hashOf(key: string): number {
  // As text the digest comes in half the time that a buffer takes.
  return littleEndian(hash('md5', key), 0);
}

/** Reads four bytes of a digest in hexadecimal digits, the lowest first. */
function littleEndian(digest: string, part: number): number {
  const bigEndian = Number.parseInt(digest.slice(part * 8, part * 8 + 8), 16);
  return (
    (((bigEndian & 0xff) << 24) |
      ((bigEndian & 0xff00) << 8) |
      ((bigEndian >>> 8) & 0xff00) |
      (bigEndian >>> 24)) >>>
    0
  );
}

/** Returns the place of the first point that is not below the hash, and of the first of all when none is. */
function firstAtOrAfter(points: Uint32Array, hash: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]! < hash) low = middle + 1;
    else high = middle;
  }
  return low === points.length ? 0 : low;
}
