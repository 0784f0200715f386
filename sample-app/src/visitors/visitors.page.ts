import type { Film } from '../entities/film.entity.js';
import { titleOf } from '../films/film-table.js';
import { whole } from '../html/format.js';
import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';

export function signInPage(making: Making, problem?: string): string {
  return layout({
    title: 'Sign in',
    section: '/me',
    making,
    body: html`
      <h1>Who is there?</h1>
      <p class="lead">Any name will do; there is no password. The server signs it into a cookie.</p>
      <form class="filter" method="post" action="/me/sign-in">
        <label>Your name<br /><input name="name" required maxlength="60" autocomplete="nickname" /></label>
        <button class="main">Sign in</button>
      </form>
      ${problem && html`<p class="wrong" role="alert">${problem}</p>`}
    `,
  });
}

interface PersonalPage {
  readonly visitor: string;
  /** Undefined while the cache cannot tell. */
  readonly visits: number | undefined;
  readonly favourites: readonly Film[];
  readonly making: Making;
}

export function personalPage({ visitor, visits, favourites, making }: PersonalPage): string {
  return layout({
    title: `The page of ${visitor}`,
    section: '/me',
    making,
    body: html`
      <h1>Hello, ${visitor}</h1>
      <ul class="figures">
        ${visitsFigure(visits)}
        <li><b>${favourites.length}</b> favourite ${favourites.length === 1 ? 'film' : 'films'}</li>
      </ul>
      ${
        favourites.length === 0
          ? html`<p class="lead">Open a <a href="/films">film</a> and add it to your favourites.</p>`
          : html`<div class="scroll">
              <table>
                ${favourites.map(favouriteRow)}
              </table>
            </div>`
      }
      <form class="row" method="post" action="/me/sign-out"><button>Sign out</button></form>
    `,
  });
}

function visitsFigure(visits: number | undefined): Html {
  return visits === undefined
    ? html`<li><b id="visits">–</b> visits: the cache that counts them is away</li>`
    : html`<li>
        <b id="visits">${whole(visits)}</b> ${visits === 1 ? 'visit' : 'visits'}, counted by the cache
      </li>`;
}

function favouriteRow(film: Film): Html {
  return html`<tr>
    <td class="wide"><a href="/films/${film.id}">${titleOf(film)}</a></td>
    <td>${film.releasedOn.slice(0, 4)}</td>
    <td class="n">
      <form method="post" action="/me/favourites/remove">
        <input type="hidden" name="film" value="${film.id}" />
        <button aria-label="Remove ${titleOf(film)}">Remove</button>
      </form>
    </td>
  </tr>`;
}
