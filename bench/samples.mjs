/** Numbers in [0, 1) that are the same in every run: mulberry32. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same elements in an order that is random, and the same in every run. */
export function shuffled(elements, seed) {
  const random = seededRandom(seed);
  const result = [...elements];
  for (let last = result.length - 1; last > 0; last--) {
    const place = Math.floor(random() * (last + 1));
    [result[last], result[place]] = [result[place], result[last]];
  }
  return result;
}

export function smallText(number) {
  return `The film number ${number}, as a line of text with about sixty letters`;
}

export function smallObject(number) {
  return {
    id: number,
    title: `Film ${number}`,
    director: 'Kathryn Bigelow',
    rating: 7.5,
    isReleased: true,
    sequelOf: null,
  };
}

/** An object of 10 kB as JSON: a film with 80 screenings. */
export function largeObject(number) {
  return {
    ...smallObject(number),
    genres: ['Drama', 'War', 'Thriller'],
    screenings: Array.from({ length: 80 }, (_, index) => ({
      id: number * 100 + index,
      cinema: { name: `Cinema ${index}`, city: 'Nuremberg', seats: 120 + index },
      language: index % 2 === 0 ? 'en' : 'de',
      price: 9.5 + index / 4,
      isSoldOut: index % 3 === 0,
    })),
  };
}
