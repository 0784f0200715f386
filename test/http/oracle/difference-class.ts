import { type StrictDirective, strictDirectives as readDirectives } from '../mutated/strict-grammar.js';
import type { Exchange, Fields } from './generated-case.js';

/** A reason for which the two sides differ, and how the oracle can be told what it does not know. */
export interface DifferenceClass {
  readonly name: string;
  /** What explains it. */
  readonly section: string;
  /** Who follows that section; `either` where it leaves a choice. */
  readonly right: 'ours' | 'oracle' | 'either';
  /**
   * Returns the exchange in words that the oracle takes for what the section says; nothing is changed where the reason does not apply.
   *
   * @param told what earlier classes made of it
   * @param original the exchange as it was
   */
  tell(told: Exchange, original: Exchange): Exchange;
}

export type Part = 'request' | 'later' | 'response';

const readings = new Map<string, readonly StrictDirective[]>();

/** Reads Cache-Control; each text once, as the same ones come again and again. */
export function strictDirectives(field = ''): readonly StrictDirective[] {
  const known = readings.get(field);
  if (known) return known;
  const reading = readDirectives(field);
  readings.set(field, reading);
  return reading;
}

/** Returns an exchange with another text as Cache-Control of one message; without the field where the text is empty. */
export function withControl(told: Exchange, part: Part, change: (field: string) => string): Exchange {
  const field = told[part]['cache-control'];
  if (field === undefined) return told;
  const changed = change(field);
  return changed === field ? told : withField(told, part, 'cache-control', changed || undefined);
}

export function withField(told: Exchange, part: Part, name: string, value: string | undefined): Exchange {
  if (told[part][name] === value) return told;
  const { [name]: _before, ...fields } = told[part] as Record<string, string>;
  if (value !== undefined) fields[name] = value;
  return { ...told, [part]: fields };
}

/** Returns an exchange with other directives in one message. */
export function withMembers(
  told: Exchange,
  part: Part,
  change: (members: readonly StrictDirective[]) => readonly StrictDirective[],
): Exchange {
  const field = told[part]['cache-control'];
  if (field === undefined) return told;
  const members = strictDirectives(field);
  const changed = change(members);
  const isSame = changed.length === members.length && changed.every((each, index) => each === members[index]);
  return isSame ? told : withControl(told, part, () => changed.map(written).join(', '));
}

function written({ name, value }: StrictDirective): string {
  if (value === true) return name;
  return `${name}=${value ?? '('}`;
}

/** Returns an exchange with other directives in all messages. */
export function inAllMessages(
  told: Exchange,
  change: (members: readonly StrictDirective[]) => readonly StrictDirective[],
): Exchange {
  return withMembers(withMembers(withMembers(told, 'request', change), 'later', change), 'response', change);
}

export function without(told: Exchange, part: Part, ...names: string[]): Exchange {
  return withMembers(told, part, (members) => members.filter(({ name }) => !names.includes(name)));
}

export function says(fields: Fields, name: string): boolean {
  return strictDirectives(fields['cache-control']).some((each) => each.name === name);
}

/** Whether a directive is said without a value. */
export function saysPlainly(fields: Fields, name: string): boolean {
  return strictDirectives(fields['cache-control']).find((each) => each.name === name)?.value === true;
}

/** Whether a directive has a whole number, where it is said first. */
export function saysNumber(fields: Fields, name: string): boolean {
  const value = strictDirectives(fields['cache-control']).find((each) => each.name === name)?.value;
  return typeof value === 'string' && /^[0-9]+$/.test(value);
}

/** Tells the oracle that the response is not to be stored. */
export function notStored(told: Exchange): Exchange {
  if (saysPlainly(told.response, 'no-store')) return told;
  const field = told.response['cache-control'];
  const text = field === undefined ? 'no-store' : `${field}, no-store`;
  return withField(told, 'response', 'cache-control', text);
}

/** Tells the oracle that nothing stale may be used, by taking away what would allow it. */
export function neverStale(told: Exchange): Exchange {
  return without(without(told, 'response', 'stale-while-revalidate'), 'later', 'max-stale');
}
