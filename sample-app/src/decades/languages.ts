import { type Texts, TEXTS } from './texts.js';

export type Language = keyof typeof TEXTS;

const FALLBACK: Language = 'en';

/**
 * Returns the language that a browser likes best of those we have. A range such as `de-AT` takes its main language, `*` takes the
 * first, and a weight of zero means "not this one".
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
 */
export function negotiateLanguage(acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? '').split(',').map(readWish);
  const refused = new Set(wishes.filter(({ weight }) => weight === 0).map(({ tag }) => tag));
  for (const { tag, weight } of wishes.toSorted((one, other) => other.weight - one.weight)) {
    if (weight === 0) break;
    if (isLanguage(tag)) return tag;
    if (tag === '*') return languages().find((language) => !refused.has(language)) ?? FALLBACK;
  }
  return FALLBACK;
}

function readWish(text: string): { tag: string; weight: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const number = weight === undefined ? 1 : Number(weight.slice(2));
  return { tag: range.split('-')[0]!, weight: number >= 0 && number <= 1 ? number : 0 };
}

export function isLanguage(tag: unknown): tag is Language {
  return typeof tag === 'string' && Object.hasOwn(TEXTS, tag);
}

export function languages(): Language[] {
  return Object.keys(TEXTS) as Language[];
}

export function textsIn(language: Language): Texts {
  return TEXTS[language];
}
