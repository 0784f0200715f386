/** Where a command writes, line by line. */
export interface Output {
  /** What was asked for. */
  print(line: string): void;
  /** What went wrong. */
  complain(line: string): void;
}

/** A command of `npx nestjs-cache`. */
export interface Command {
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** @throws {UsageError} if it is called in a wrong way */
  run(args: readonly string[], output: Output): Promise<void>;
}

/** A command line that makes no sense. */
export class UsageError extends Error {}

/** A failure that its sentence explains. */
export class CommandError extends Error {}
