import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import type { Decade } from './decades.service.js';
import { type Language, languages, textsIn } from './languages.js';

export function decadesPage(decades: readonly Decade[], language: Language, making: Making): string {
  const texts = textsIn(language);
  const count = new Intl.NumberFormat(language);
  const money = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    notation: 'compact',
    maximumFractionDigits: 1,
  });
  const amount = (value: number | null): string => (value === null ? '–' : money.format(value));
  const row = ({ decade, films, budget, gross }: Decade): Html =>
    html`<tr>
      <td>${decade}–${decade + 9}</td>
      <td class="n">${count.format(films)}</td>
      <td class="n">${amount(budget)}</td>
      <td class="n">${amount(gross)}</td>
    </tr>`;
  return layout({
    title: texts.title,
    section: '/decades',
    language,
    making,
    pageAlias: 'pages',
    body: html`
      <h1>${texts.title}</h1>
      <p class="lead">${texts.lead}</p>
      <p class="row">${languages().map((other) => languageLink(other, language))}</p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>${texts.decade}</th>
              <th class="n">${texts.films}</th>
              <th class="n">${texts.budget}</th>
              <th class="n">${texts.gross}</th>
            </tr>
          </thead>
          <tbody>
            ${decades.map(row)}
          </tbody>
        </table>
      </div>
      <p class="lead">${texts.note}</p>
    `,
  });
}

function languageLink(other: Language, current: Language): Html {
  const { name } = textsIn(other);
  return other === current
    ? html`<b>${name}</b>`
    : html`<a href="/decades?lang=${other}" lang="${other}" hreflang="${other}">${name}</a>`;
}
