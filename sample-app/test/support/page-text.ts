/** Returns what a page says outside its markup, with single spaces. */
export function words(markup: string): string {
  return markup
    .replaceAll(/<script>.*?<\/script>/gs, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Returns the rows of all tables of a page, cell by cell. */
export function tableRows(markup: string): string[][] {
  return [...markup.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => words(cell)),
  );
}
