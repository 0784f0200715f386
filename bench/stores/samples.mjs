import { seededRandom, shuffled, smallObject } from '../samples.mjs';

const KEY_COUNT = 4096;
const BATCH_COUNT = 40;
export const BATCH_SIZE = 100;
export const TIMEOUT_SECONDS = 300;
const VALUE_BYTES = 1000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz ';

const numbers = Array.from({ length: KEY_COUNT }, (_, number) => number);

export const keys = shuffled(
  numbers.map((number) => `film:${number}`),
  1,
);

export const batches = Array.from({ length: BATCH_COUNT }, (_, batch) =>
  keys.slice(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE),
);

/** Values of 1 kB, one for each key. */
export const VALUES = {
  text: numbers.map(text),
  bytes: numbers.map((number) => Buffer.from(text(number))),
  object: numbers.map(object),
};

function text(number) {
  const random = seededRandom(number);
  return Array.from({ length: VALUE_BYTES }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');
}

/** Of 1 kB as JSON. */
function object(number) {
  const film = smallObject(number);
  const room = VALUE_BYTES - JSON.stringify({ ...film, plot: '' }).length;
  return { ...film, plot: text(number).slice(0, room) };
}
