import type { BackendCapabilities, CacheBackend, StoredEntry } from '../../lib/index.js';

/** A store on which somebody else has his hands: tests read and change what lies in it. */
export class OpenBackend implements CacheBackend {
  static readonly entries = new Map<string, StoredEntry>();
  readonly capabilities: BackendCapabilities = {
    isShared: true,
    isPersistent: true,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: false,
    limitsEntries: false,
    maxKeyBytes: 250,
  };

  read(key: string): StoredEntry | undefined {
    return OpenBackend.entries.get(key);
  }

  write(key: string, payload: Buffer, expiresAt: number | null): void {
    OpenBackend.entries.set(key, { payload: Buffer.from(payload), expiresAt });
  }

  insert(key: string, payload: Buffer, expiresAt: number | null): boolean {
    if (OpenBackend.entries.has(key)) return false;
    this.write(key, payload, expiresAt);
    return true;
  }

  touch(key: string, expiresAt: number | null): boolean {
    const entry = OpenBackend.entries.get(key);
    if (entry) OpenBackend.entries.set(key, { ...entry, expiresAt });
    return entry !== undefined;
  }

  remove(key: string): boolean {
    return OpenBackend.entries.delete(key);
  }

  clear(): void {
    OpenBackend.entries.clear();
  }
}

/** What lies in the store under keys with a certain word in them, such as `page:` or `tag:`. */
export function entriesNamed(word: string): [key: string, entry: StoredEntry][] {
  return [...OpenBackend.entries].filter(([key]) => key.includes(word));
}

/** Puts something else into the place of each page that lies in the store. */
export function replacePages(change: (payload: Buffer) => Buffer): void {
  for (const [key, entry] of entriesNamed('page:'))
    OpenBackend.entries.set(key, { ...entry, payload: change(entry.payload) });
}
