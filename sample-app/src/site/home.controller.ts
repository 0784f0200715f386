import { Controller, Get, Header, Headers } from '@nestjs/common';
import { CacheControl, NoSiteCache } from 'nestjs-cache-framework';
import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import { Making } from '../html/making.js';
import { STYLE } from '../html/style.js';

const SIGHTS = [
  [
    '/films',
    'The films',
    'Searched and sorted in the database once for each question; the lists are tagged, and an edit takes all of them out of the cache.',
  ],
  [
    '/films/742',
    'One film',
    'A value under the key film:742. Edit the film: the key is deleted, and the change shows at once.',
  ],
  [
    '/flights',
    'Flight delays',
    'Percentiles over every flight, a lot of work for SQLite. @CachePage keeps a page in miles and one in kilometres for ten minutes.',
  ],
  [
    '/decades',
    'Decades of cinema',
    'In English, German, French or Spanish, as your browser asks: Vary keeps the pages apart.',
  ],
  [
    '/me',
    'Your page',
    'Sign in with any name. Visits are counted with incr; favourites are values of yours alone.',
  ],
  [
    '/cache',
    'The caches',
    'Every alias with its backend, hits and misses, a button that clears it, and what becomes of a page.',
  ],
  [
    '/api/films?q=star',
    'Films as JSON',
    'The same catalogue for programs, who ask with the version that they have; /api/films/742 shares the cached value with the page.',
  ],
] as const;

@Controller()
export class HomeController {
  /** Kept by the cache of the site, which leaves visitors with a cookie alone: theirs is another foot of the page. */
  @Get()
  home(@Headers('cookie') cookies?: string): string {
    const making = new Making();
    return layout({
      title: 'Welcome',
      making,
      pageAlias: cookies === undefined ? 'pages' : undefined,
      body: html`
        <h1>Expensive pages, made once</h1>
        <p class="lead">
          A small site on real data that shows what a cache does. The foot of each page says how it was made:
          computed just now, or served from a cache, and how old it is. Open a page twice.
        </p>
        <ul class="cards">
          ${SIGHTS.map(card)}
        </ul>
      `,
    });
  }

  /** A text that is in memory anyway. Its address names its content, so browsers and what is on the way may keep it for ever. */
  @Get('style.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @CacheControl({ public: true, maxAge: null, immutable: true })
  @NoSiteCache()
  style(): string {
    return STYLE;
  }
}

function card([path, name, explanation]: (typeof SIGHTS)[number]): Html {
  return html`<li class="card">
    <h2><a href="${path}">${name}</a></h2>
    <p>${explanation}</p>
  </li>`;
}
