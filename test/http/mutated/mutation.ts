import type { Random } from './random.js';

/** What tells members, quotes and numbers apart, and what no field may hold. */
const PIECES: readonly string[] = [
  ', max-age=9999, ',
  '9'.repeat(30),
  ...String.raw`, " \ = ; * - / . : ( ) ? @ % W/ 0 9 a Z =" ", \" ?0 ?1 no-store private public`.split(' '),
  ...' |\t|, |\0|\u0001|\n|\r\n|\u007f|\u0080|\u00a0|\u00ff|\u2003|\ufeff'.split('|'),
];

/** The longest text that a mutation makes. */
const LONGEST = 20_000;

/** Returns a text that was valid, after one to four changes of the kinds that happen to fields, by accident or not. */
export function mutated(random: Random, text: string, others: readonly string[]): string {
  const changes = 1 + random.below(4);
  let result = text;
  for (let count = 0; count < changes; count++) result = changed(random, result, others);
  if (random.chance(0.002)) result = stretched(random, result);
  return result.slice(0, LONGEST);
}

function changed(random: Random, text: string, others: readonly string[]): string {
  const [start, end] = span(random, text);
  const [before, between, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
  switch (random.below(8)) {
    case 0: {
      return before + flipped(random, text[start] ?? ' ') + text.slice(start + 1);
    }
    case 1:
    case 2: {
      return before + random.pick(PIECES) + text.slice(start);
    }
    case 3: {
      return before + after;
    }
    case 4: {
      return before + between + between + after;
    }
    case 5: {
      const other = random.pick(others);
      return before + other.slice(random.below(other.length + 1));
    }
    case 6: {
      return before + random.pick(PIECES) + after;
    }
    default: {
      return text.replace(/\d+/, () => random.pick(['', '-1', '1.5', '1e9', '0x7f', '9'.repeat(400), '007']));
    }
  }
}

/** Returns two places of a text, near to each other. */
function span(random: Random, text: string): [start: number, end: number] {
  const start = random.below(text.length + 1);
  return [start, Math.min(text.length, start + random.below(8))];
}

function flipped(random: Random, character: string): string {
  return String.fromCharCode(character.charCodeAt(0) ^ (1 << random.below(8)));
}

/** Returns a text with a piece of it repeated until it is very long. */
function stretched(random: Random, text: string): string {
  const start = random.below(text.length + 1);
  const piece = text.slice(start, start + 1 + random.below(12)) || random.pick(PIECES);
  return text.slice(0, start) + piece.repeat(1 + random.below(2000)) + text.slice(start);
}
