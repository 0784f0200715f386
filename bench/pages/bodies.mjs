import { largeObject } from '../samples.mjs';

const JSON_BYTES = 2400;
const HTML_BYTES = 100_000;

/**
 * What the pages of all applications say: an object that Nest makes JSON of, and a text of HTML. The text is ASCII, which is the cheapest for those who
 * keep it as a string.
 */
export const BODIES = {
  json: programme(),
  html: document(),
};

/** What is to come over the wire. */
export const TEXTS = { json: JSON.stringify(BODIES.json), html: BODIES.html };

/** A film with its screenings, and a note that fills it up. */
function programme() {
  const { screenings, ...film } = largeObject(1);
  const whole = { ...film, screenings: screenings.slice(0, 14), note: '' };
  return { ...whole, note: 'x'.repeat(JSON_BYTES - JSON.stringify(whole).length) };
}

function document() {
  const head = '<!doctype html><html lang="en"><head><title>Films</title></head><body><ul>\n';
  const foot = '</ul></body></html>\n';
  const lines = [];
  let length = head.length + foot.length;
  for (let number = 0; length < HTML_BYTES; number++) {
    const line = `<li class="film"><a href="/films/${number}">Film ${number}</a> by Kathryn Bigelow</li>\n`;
    lines.push(line.slice(0, HTML_BYTES - length));
    length += line.length;
  }
  return [head, ...lines, foot].join('');
}
