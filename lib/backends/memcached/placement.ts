import { KetamaRing, type RingServer } from './ketama-ring.js';
import type { Member } from './member.js';
import type { Namespace } from './namespace.js';

interface Place {
  readonly member: Member;
  readonly namespace: Namespace;
}

/** Which server a key belongs to, and which has it while that one is out of use. */
export class Placement {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #home: KetamaRing;
  readonly #living: KetamaRing;
  readonly #ejected = new Set<string>();
  readonly #only: Place | undefined;
  #last: { readonly key: string; readonly place: Place } | undefined;

  constructor(members: readonly Member[], ring: readonly RingServer[]) {
    this.#members = new Map(members.map((member) => [member.name, member]));
    this.#home = new KetamaRing(ring);
    this.#living = new KetamaRing(ring);
    const [first] = members;
    if (members.length === 1 && first) this.#only = { member: first, namespace: first.own };
  }

  /** Returns the place of an entry by its final key. The one asked for last is remembered: who asks where it is also goes there. */
  of(key: string): Place {
    if (this.#only) return this.#only;
    if (this.#last?.key !== key) this.#last = { key, place: this.#find(key) };
    return this.#last.place;
  }

  #find(key: string): Place {
    const home = this.#member(this.#home.serverFor(key));
    if (!this.#ejected.has(home.name) || this.#ejected.size === this.#members.size)
      return { member: home, namespace: home.own };
    const member = this.#member(this.#living.serverFor(key));
    return { member, namespace: member.spillOf(home.name) };
  }

  #member(name: string): Member {
    return this.#members.get(name)!;
  }

  isEjected(name: string): boolean {
    return this.#ejected.has(name);
  }

  eject(name: string): void {
    this.#ejected.add(name);
    this.#living.eject(name);
    this.#last = undefined;
  }

  readmit(name: string): void {
    this.#ejected.delete(name);
    this.#living.readmit(name);
    this.#last = undefined;
  }
}
