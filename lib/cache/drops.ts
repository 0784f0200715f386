/**
 * Removals of entries that nobody can use: unreadable ones, and those whose tags were invalidated. What is written to such a key meanwhile
 * comes after its removal, or it would be removed as well.
 */
export class Drops {
  readonly #underWay = new Map<string, Promise<void>>();

  /** Begins a removal, unless one is under way. @param remove does not reject, and calls nothing that waits for it */
  begin(key: string, remove: () => Promise<void>): void {
    if (this.#underWay.has(key)) return;
    const removal = remove().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, removal);
  }

  /** Returns what must be waited for before anything else is done to a key; undefined if nothing is under way. */
  of(key: string): Promise<void> | undefined {
    return this.#underWay.size === 0 ? undefined : this.#underWay.get(key);
  }

  /** As `of`, for several keys. */
  ofAny(keys: readonly string[]): Promise<unknown> | undefined {
    if (this.#underWay.size === 0) return undefined;
    const removals = keys.flatMap((key) => this.#underWay.get(key) ?? []);
    return removals.length === 0 ? undefined : Promise.all(removals);
  }
}
