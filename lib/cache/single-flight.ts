const NO_TAGS: readonly string[] = [];

/** A computation under way, which all who ask for its key share. */
export class Flight<T> {
  /** Set when the key was written, deleted or cleared after the computation began: what it brings must not be stored. */
  isOvertaken = false;
  /** The writing of the result into the store, once it has begun; it never rejects. */
  filling: Promise<unknown> | undefined;
  result!: Promise<T>;

  /** @param tags the final keys of the stamps that it is computed under */
  constructor(readonly tags: readonly string[]) {}
}

/** At most one computation per key at a time in this process. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Returns the flight of a key that a caller may join, if there is one. */
  find(key: string): Flight<T> | undefined {
    return this.#flights.size === 0 ? undefined : this.#flights.get(key);
  }

  /** Begins a flight. It ends, for those who come later, in the moment its result is known. */
  start(key: string, run: (flight: Flight<T>) => Promise<T>, tags: readonly string[] = NO_TAGS): Flight<T> {
    const flight = new Flight<T>(tags);
    this.#flights.set(key, flight);
    flight.result = run(flight).finally(() => this.#land(key, flight));
    // Whoever waits gets the failure; that nobody waits is no failure of its own.
    flight.result.catch(() => undefined);
    return flight;
  }

  /**
   * Makes sure that nothing computed before now is stored under the key after now: later callers do not join the flight, its result is
   * not stored, and a writing that has begun is waited for.
   */
  overtake(key: string): Promise<unknown> | undefined {
    const flight = this.find(key);
    return flight && this.#overtake(key, flight);
  }

  /** As `overtake`, for several keys. */
  async overtakeMany(keys: readonly string[]): Promise<void> {
    if (this.#flights.size > 0) await Promise.all(keys.map(async (key) => this.overtake(key)));
  }

  /** As `overtake`, for all keys. */
  async overtakeAll(): Promise<void> {
    await Promise.all([...this.#flights].map(async ([key, flight]) => this.#overtake(key, flight)));
  }

  /** Lets nobody join the flights under these tags any more, and does not store what they bring. */
  overtakeTagged(tags: ReadonlySet<string>): void {
    for (const [key, flight] of this.#flights) {
      if (flight.tags.some((tag) => tags.has(tag))) void this.#overtake(key, flight);
    }
  }

  #overtake(key: string, flight: Flight<T>): Promise<unknown> | undefined {
    flight.isOvertaken = true;
    this.#land(key, flight);
    return flight.filling;
  }

  #land(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
