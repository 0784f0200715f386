import { describe, expect, it } from '@jest/globals';
import { negotiateLanguage } from '../src/decades/languages.js';

describe('the language of a page', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['fr', 'fr'],
    ['de-AT', 'de'],
    ['ES-mx', 'es'],
    ['it, fr;q=0.5', 'fr'],
    ['en;q=0.3, de;q=0.8, fr;q=0.5', 'de'],
    ['fr;q=0.5, es;q=0.5', 'fr'],
    ['it, *;q=0.1', 'en'],
    ['en;q=0, *', 'de'],
    ['de;q=0, es', 'es'],
    ['de;q=0', 'en'],
    ['de;q=wrong, fr;q=0.1', 'fr'],
    ['constructor, fr;q=0.1', 'fr'],
    [';;,,;q=1', 'en'],
  ])('for Accept-Language %p is %s', (field, language) => {
    expect(negotiateLanguage(field)).toBe(language);
  });
});
