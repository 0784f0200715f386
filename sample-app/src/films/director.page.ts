import type { Director } from '../entities/director.entity.js';
import { html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import { filmTable } from './film-table.js';

export function directorPage({ name, films = [] }: Director, making: Making): string {
  return layout({
    title: name,
    section: '/films',
    making,
    pageAlias: 'pages',
    body: html`
      <h1>${name}</h1>
      <p class="lead">
        ${films.length === 1 ? 'One film' : `${films.length} films`} in the catalogue. This page is kept as a
        whole, under the tag of the director; an edit of any of the films takes it out of the cache.
      </p>
      ${films.length > 0 && filmTable(films, false)}
    `,
  });
}
