import { whole } from '../html/format.js';
import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import { type CatalogueQuery, catalogueUrl, SORTS } from './catalogue-query.js';
import type { Catalogue } from './film-records.js';
import { filmTable } from './film-table.js';

interface CataloguePage {
  readonly query: CatalogueQuery;
  readonly catalogue: Catalogue;
  readonly genres: readonly string[];
  readonly making: Making;
}

export function cataloguePage({ query, catalogue, genres, making }: CataloguePage): string {
  const { films, total, page, pages } = catalogue;
  return layout({
    title: 'Films',
    section: '/films',
    making,
    pageAlias: 'pages',
    body: html`
      <h1>Films</h1>
      ${filterForm(query, genres)}
      <p class="lead">${summary(total, page, pages)}</p>
      ${films.length > 0 && filmTable(films, true)} ${pages > 1 && pager(query, page, pages)}
    `,
  });
}

function summary(total: number, page: number, pages: number): string {
  if (total === 0) return 'No film matches. Try fewer letters or another genre.';
  const count = `${whole(total)} ${total === 1 ? 'film' : 'films'}`;
  return pages === 1 ? `${count}.` : `${count}, page ${page} of ${pages}.`;
}

function filterForm({ search, genre, sort }: CatalogueQuery, genres: readonly string[]): Html {
  const sorts = Object.entries(SORTS).map(([name, { label }]) => option(name, label, sort));
  return html`<form class="filter" action="/films">
    <label>Title<br /><input type="search" name="q" value="${search}" maxlength="100" /></label>
    <label
      >Genre<br /><select name="genre">
        ${option('', 'all', genre)} ${genres.map((name) => option(name, name, genre))}
      </select></label
    >
    <label
      >Sorted by<br /><select name="sort">
        ${sorts}
      </select></label
    >
    <button class="main">Show</button>
  </form>`;
}

export function option(value: string, label: string, chosen: string): Html {
  return value === chosen
    ? html`<option value="${value}" selected>${label}</option>`
    : html`<option value="${value}">${label}</option>`;
}

function pager(query: CatalogueQuery, page: number, pages: number): Html {
  return html`<nav class="row" aria-label="Pages">
    ${page > 1 && html`<a class="button" href="${catalogueUrl(query, page - 1)}" rel="prev">← Back</a>`}
    <span>${page} / ${pages}</span>
    ${page < pages && html`<a class="button" href="${catalogueUrl(query, page + 1)}" rel="next">More →</a>`}
  </nav>`;
}
