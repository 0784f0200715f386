import type { Film } from '../entities/film.entity.js';
import { dollars, orDash } from '../html/format.js';
import { type Html, html } from '../html/html.js';

/** Returns the title, or words for the film that has none. */
export function titleOf({ title }: Pick<Film, 'title'>): string {
  return title || '(without a title)';
}

/** Lists films; with their directors unless all are of one. */
export function filmTable(films: readonly Film[], hasDirectors: boolean): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Title</th>
          <th>Year</th>
          ${hasDirectors && html`<th>Director</th>`}
          <th>Genre</th>
          <th class="n">IMDB</th>
          <th class="n">Critics</th>
          <th class="n">Box office</th>
        </tr>
      </thead>
      <tbody>
        ${films.map((film) => row(film, hasDirectors))}
      </tbody>
    </table>
  </div>`;
}

function row(film: Film, hasDirectors: boolean): Html {
  return html`<tr>
    <td class="wide"><a href="/films/${film.id}">${titleOf(film)}</a></td>
    <td>${film.releasedOn.slice(0, 4)}</td>
    ${hasDirectors && html`<td>${directorLink(film)}</td>`}
    <td>${orDash(film.genre)}</td>
    <td class="n">${orDash(film.imdbRating)}</td>
    <td class="n">${film.rottenTomatoes === null ? '–' : `${film.rottenTomatoes} %`}</td>
    <td class="n">${dollars(film.worldwideGross)}</td>
  </tr>`;
}

export function directorLink({ director }: Film): Html {
  return director ? html`<a href="/directors/${director.id}">${director.name}</a>` : html`–`;
}
