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
    body: html`
      <h1>${name}</h1>
      <p class="lead">
        ${films.length === 1 ? 'One film' : `${films.length} films`} in the catalogue. This list is one cached
        value; an edit of any of its films deletes it.
      </p>
      ${films.length > 0 && filmTable(films, false)}
    `,
  });
}
