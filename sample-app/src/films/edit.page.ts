import type { Film } from '../entities/film.entity.js';
import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import { option } from './catalogue.page.js';
import { type FilmField, type FilmForm, MPAA_RATINGS, type Problems } from './film-form.js';
import { titleOf } from './film-table.js';

interface EditPage {
  readonly film: Film;
  /** What the fields hold: the film, or what somebody typed that was refused. */
  readonly form: FilmForm;
  readonly problems: Problems;
  readonly genres: readonly string[];
  readonly directors: readonly string[];
  readonly making: Making;
}

const LABELS: Readonly<Record<FilmField, string>> = {
  title: 'Title',
  director: 'Director',
  genre: 'Genre',
  mpaaRating: 'Rated',
  distributor: 'Distributor',
  minutes: 'Length in minutes',
  imdbRating: 'IMDB rating (0–10)',
  rottenTomatoes: 'Critics (0–100 %)',
};

export function editPage(page: EditPage): string {
  const { film, problems, directors, making } = page;
  const count = Object.keys(problems).length;
  return layout({
    title: `Edit ${titleOf(film)}`,
    section: '/films',
    making,
    body: html`
      <h1>Edit ${titleOf(film)}</h1>
      ${count > 0 && html`<p class="notice bad" role="alert">Not saved: ${count === 1 ? 'one field needs' : `${count} fields need`} your attention.</p>`}
      <form method="post" action="/films/${film.id}/edit" novalidate>
        <div class="fields">${fieldsOf(page)}</div>
        <datalist id="directors">
          ${directors.map((name) => html`<option value="${name}"></option>`)}
        </datalist>
        <div class="row">
          <button class="main">Save</button>
          <a href="/films/${film.id}">Leave it as it is</a>
        </div>
      </form>
    `,
  });
}

function fieldsOf({ form, problems, genres }: EditPage): Html[] {
  const text = (name: FilmField, extra: Html = html``): Html =>
    field(
      name,
      problems,
      html`<input name="${name}" value="${form[name]}" ${extra} ${marks(name, problems)} />`,
    );
  const choice = (name: FilmField, choices: readonly string[]): Html => {
    const options = ['', ...choices].map((value) => option(value, value || '–', form[name]));
    return field(
      name,
      problems,
      html`<select name="${name}" ${marks(name, problems)}>
        ${options}
      </select>`,
    );
  };
  return [
    text('title', html`required`),
    text('director', html`list="directors"`),
    choice('genre', genres),
    choice('mpaaRating', MPAA_RATINGS),
    text('distributor'),
    text('minutes', html`inputmode="numeric"`),
    text('imdbRating', html`inputmode="decimal"`),
    text('rottenTomatoes', html`inputmode="numeric"`),
  ];
}

function field(name: FilmField, problems: Problems, input: Html): Html {
  const problem = problems[name];
  return html`<div>
    <label>${LABELS[name]}<br />${input}</label>
    ${problem && html`<p class="wrong" id="problem-${name}">${problem}</p>`}
  </div>`;
}

/** Tells people who cannot see it which field is wrong, and why. */
function marks(name: FilmField, problems: Problems): Html | false {
  return problems[name] !== undefined && html`aria-invalid="true" aria-describedby="problem-${name}"`;
}
