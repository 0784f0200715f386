/** What the page of the decades says. */
export interface Texts {
  readonly name: string;
  readonly title: string;
  readonly lead: string;
  readonly decade: string;
  readonly films: string;
  readonly budget: string;
  readonly gross: string;
  readonly note: string;
}

export const TEXTS = {
  en: {
    name: 'English',
    title: 'The decades of cinema',
    lead: 'Your browser says which languages it reads. This page answers in the one it likes best, and the cache keeps a page for each.',
    decade: 'Decade',
    films: 'Films',
    budget: 'Average budget',
    gross: 'Box office, all films',
    note: 'The data set has some years wrong on purpose, to practise on: hence the decades that are yet to come.',
  },
  de: {
    name: 'Deutsch',
    title: 'Die Jahrzehnte des Kinos',
    lead: 'Ihr Browser sagt, welche Sprachen er liest. Diese Seite antwortet in der liebsten davon, und der Cache hält für jede eine Seite bereit.',
    decade: 'Jahrzehnt',
    films: 'Filme',
    budget: 'Mittleres Budget',
    gross: 'Einspielergebnis aller Filme',
    note: 'Einige Jahreszahlen der Daten sind zu Übungszwecken falsch: daher die Jahrzehnte, die erst noch kommen.',
  },
  fr: {
    name: 'Français',
    title: 'Les décennies du cinéma',
    lead: 'Votre navigateur dit quelles langues il lit. Cette page répond dans celle qu’il préfère, et le cache garde une page pour chacune.',
    decade: 'Décennie',
    films: 'Films',
    budget: 'Budget moyen',
    gross: 'Recettes de tous les films',
    note: 'Quelques années de ces données sont fausses exprès, pour s’exercer : d’où les décennies encore à venir.',
  },
  es: {
    name: 'Español',
    title: 'Las décadas del cine',
    lead: 'Su navegador dice qué idiomas lee. Esta página responde en el que prefiere, y la caché guarda una página para cada uno.',
    decade: 'Década',
    films: 'Películas',
    budget: 'Presupuesto medio',
    gross: 'Recaudación de todas las películas',
    note: 'Algunos años de los datos son erróneos a propósito, para practicar: de ahí las décadas que están por venir.',
  },
} as const satisfies Record<string, Texts>;
