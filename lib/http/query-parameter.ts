/**
 * The name of a parameter, as parsers may read it. They differ on names with malformed escapes, and on those with brackets: `a[b]` is one
 * name to some, to others the part `b` of the parameter `a`.
 */
export interface ParameterName {
  /** Whether some parser may take the parameter for one with such a name. */
  mayBe(isWanted: (name: string) => boolean): boolean;
  /** Whether every parser takes it for one with such a name. */
  isSurely(isWanted: (name: string) => boolean): boolean;
  /** What stands before the first bracket or point: alike for all that parsers may put together. */
  readonly root: string;
}

const NESTING = /[[\].]/;

/** @param raw a parameter as it stands in the URL, with its value */
export function parameterName(raw: string): ParameterName {
  const equals = raw.indexOf('=');
  const readings = readingsOf((equals === -1 ? raw : raw.slice(0, equals)).replaceAll('+', ' '));
  const roots = readings.flatMap((name) => [name.split('[', 1)[0]!, name.split(NESTING, 1)[0]!]);
  return {
    mayBe: (isWanted) => readings.some((name) => isWanted(name) || name.split(NESTING).some(isWanted)),
    isSurely: (isWanted) => readings.every(isWanted) && roots.every(isWanted),
    root: roots.at(-1)!,
  };
}

/** Returns a name decoded; if it has malformed escapes, as it stands and with the others decoded. */
function readingsOf(raw: string): string[] {
  if (!raw.includes('%')) return [raw];
  try {
    return [decodeURIComponent(raw)];
  } catch {
    return [raw, decodedWherePossible(raw)];
  }
}

function decodedWherePossible(raw: string): string {
  const bytes = raw.replaceAll(/%([\da-f]{2})|[^%]+|%/gi, (text, hex?: string) =>
    hex === undefined ? Buffer.from(text).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
