import type { Film } from '../entities/film.entity.js';
import { dollars, orDash, whole } from '../html/format.js';
import { html, type Part } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import { directorLink, titleOf } from './film-table.js';

export function filmPage(film: Film, making: Making, isSaved: boolean): string {
  return layout({
    title: titleOf(film),
    section: '/films',
    making,
    body: html`
      <h1>${titleOf(film)}</h1>
      ${isSaved && html`<p class="notice" role="status">Saved. What the caches knew of this film, its director and the catalogue is used no more.</p>`}
      <dl>
        ${facts(film).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      <div class="row">
        <a class="button" href="/films/${film.id}/edit">Edit this film</a>
        <form method="post" action="/me/favourites">
          <input type="hidden" name="film" value="${film.id}" />
          <button>Add to my favourites</button>
        </form>
      </div>
    `,
  });
}

function facts(film: Film): [string, Part][] {
  return [
    ['Director', directorLink(film)],
    ['Released', film.releasedOn],
    ['Genre', orDash(film.genre)],
    ['Rated', orDash(film.mpaaRating)],
    ['Distributor', orDash(film.distributor)],
    ['Length', film.minutes === null ? '–' : `${film.minutes} minutes`],
    [
      'IMDB',
      film.imdbRating === null ? '–' : `${film.imdbRating} of 10 (${whole(film.imdbVotes ?? 0)} votes)`,
    ],
    ['Critics', film.rottenTomatoes === null ? '–' : `${film.rottenTomatoes} %`],
    ['Budget', dollars(film.budget)],
    ['Box office', dollars(film.worldwideGross)],
  ];
}
