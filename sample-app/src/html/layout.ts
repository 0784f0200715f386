import { footer } from './footer.js';
import { type Html, html, type Part } from './html.js';
import type { Making } from './making.js';
import { STYLE_PATH } from './style.js';

export interface PageParts {
  readonly title: string;
  /** The path of the menu entry that leads here. */
  readonly section?: string;
  readonly language?: string;
  readonly making: Making;
  /** The alias of the cache that keeps the page as a whole; undefined for none. */
  readonly pageAlias?: string | undefined;
  readonly body: Part;
}

const MENU = [
  ['/films', 'Films'],
  ['/flights', 'Flight delays'],
  ['/decades', 'Decades'],
  ['/me', 'Your page'],
  ['/cache', 'Caches'],
] as const;

/** Writes a whole page. */
export function layout({ title, section, language = 'en', making, pageAlias, body }: PageParts): string {
  const markup = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Films &amp; Flights</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        <header lang="en">
          <a class="brand" href="/">Films <span>&amp;</span> Flights</a>
          <nav>${MENU.map(([path, label]) => menuEntry(path, label, path === section))}</nav>
        </header>
        <main>${body}</main>
        <div lang="en">${footer(making, pageAlias)}</div>
      </body>
    </html> `;
  return markup.text;
}

function menuEntry(path: string, label: string, isHere: boolean): Html {
  return isHere
    ? html`<a href="${path}" aria-current="page">${label}</a>`
    : html`<a href="${path}">${label}</a>`;
}

const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='4' fill='%23b3392f'/><path d='M5 3.5v9l7-4.5z' fill='white'/></svg>";
