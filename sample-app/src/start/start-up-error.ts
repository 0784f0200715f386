/** A reason not to start that the person at the terminal can do something about: one sentence that says what and how. */
export class StartUpError extends Error {
  override readonly name = 'StartUpError';
}

/** Returns the message of whatever was thrown on one line: some quote a part of a file, or begin with the name of their class. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\w*Error: /, '').replaceAll(/\s+/g, ' ');
}

/** Returns the code of an error of the operating system or of SQLite: `EACCES`, `SQLITE_NOTADB`. */
export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}
