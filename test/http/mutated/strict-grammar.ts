/**
 * The deliberately simple and strict reading of fields that ours are held against. It is written from the grammars of the RFCs and shares
 * nothing with the library.
 */

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = String.raw`"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\uffff]|\\[\t \x21-\x7e\x80-\uffff])*)"`;

/** One directive, or nothing, up to a comma or the end. @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2 */
const MEMBER = new RegExp(`^[ \\t]*(?:(${TOKEN})(?:=(?:(${TOKEN})|${QUOTED}))?)?[ \\t]*(?:,|$)`);
const LEADING_TOKEN = new RegExp(`^[ \\t]*(${TOKEN})`);

/** What a member of Cache-Control says; undefined as the value of one that is not written by the grammar. */
export interface StrictDirective {
  readonly name: string;
  readonly value: string | true | undefined;
}

/**
 * Reads Cache-Control, member by member. A member that breaks the grammar has a name, if it begins with a token, and no value. If there is a quote in it,
 * no comma behind it can be trusted to part members, and all the rest is broken as well.
 */
export function strictDirectives(field: string | undefined): StrictDirective[] {
  const directives: StrictDirective[] = [];
  let rest = field ?? '';
  while (rest !== '') {
    const [member, name, token, quoted] = MEMBER.exec(rest) ?? [];
    if (member === undefined) {
      const broken = rest.split(',', 1)[0]!;
      if (broken.includes('"')) return [...directives, ...rest.split(',').flatMap(brokenDirective)];
      directives.push(...brokenDirective(broken));
      rest = rest.slice(broken.length + 1);
    } else {
      const value = token ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? true;
      if (name !== undefined) directives.push({ name: name.toLowerCase(), value });
      rest = rest.slice(member.length);
    }
  }
  return directives;
}

function brokenDirective(text: string): StrictDirective[] {
  const name = LEADING_TOKEN.exec(text)?.[1];
  return name === undefined ? [] : [{ name: name.toLowerCase(), value: undefined }];
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const SHORT = DAYS.map((day) => day.slice(0, 3)).join('|');
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MON = MONTHS.join('|');
const TIME = '([0-9]{2}):([0-9]{2}):([0-9]{2})';
const IMF = new RegExp(`^(?:${SHORT}), ([0-9]{2}) (${MON}) ([0-9]{4}) ${TIME} GMT$`, 'i');
const RFC_850 = new RegExp(`^(?:${DAYS.join('|')}), ([0-9]{2})-(${MON})-([0-9]{2}) ${TIME} GMT$`, 'i');
const ASCTIME = new RegExp(`^(?:${SHORT}) (${MON}) ([ 0-9][0-9]) ${TIME} ([0-9]{4})$`, 'i');

/** Reads a date; undefined for what is none. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export function strictDate(field: string | undefined, now: number): number | undefined {
  const text = (field ?? '').replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
  const imf = IMF.exec(text);
  if (imf) return moment(Number(imf[3]), imf[2]!, imf[1]!, imf.slice(4));
  const asctime = ASCTIME.exec(text);
  if (asctime) return moment(Number(asctime[6]), asctime[1]!, asctime[2]!, asctime.slice(3, 6));
  const old = RFC_850.exec(text);
  if (!old) return undefined;
  const ahead = new Date(now);
  ahead.setUTCFullYear(ahead.getUTCFullYear() + 50);
  const years = Array.from({ length: 100 }, (_, index) => ahead.getUTCFullYear() - index);
  const year = years.find((each) => each % 100 === Number(old[3]))!;
  const read = moment(year, old[2]!, old[1]!, old.slice(4));
  return read !== undefined && read > ahead.getTime()
    ? moment(year - 100, old[2]!, old[1]!, old.slice(4))
    : read;
}

function moment(year: number, month: string, day: string, time: readonly string[]): number | undefined {
  const [hours, minutes, seconds] = time.map(Number) as [number, number, number];
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, MONTHS.indexOf(month.toLowerCase()), Number(day));
  if (midnight.getUTCDate() !== Number(day) || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return midnight.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** Reads Age: the first member, if it is a whole number. @see https://www.rfc-editor.org/rfc/rfc9111#section-5.1 */
export function strictAge(field: string | undefined): number {
  const first = (field ?? '').split(',', 1)[0]!;
  return /^[ \t]*[0-9]+[ \t]*$/.test(first) ? Math.min(Number(first), 2 ** 31) : 0;
}

/** Reads Vary; undefined if it names what no header is called, `*` among them. @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5 */
export function strictVary(field: string | undefined): Set<string> | undefined {
  const members = (field ?? '').split(',').map((each) => each.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
  const names = members.filter((each) => each !== '').map((each) => each.toLowerCase());
  const isNamed = names.every((each) => each !== '*' && new RegExp(`^${TOKEN}$`).test(each));
  return isNamed ? new Set(names) : undefined;
}
