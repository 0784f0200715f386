import type { CacheStatistics } from 'nestjs-cache-framework';
import { percent, whole } from '../html/format.js';
import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import { pathForm } from './kept-page.page.js';

interface CacheFacts {
  readonly alias: string;
  readonly description: string;
  readonly statistics: CacheStatistics;
}

interface CachesPage {
  readonly caches: readonly CacheFacts[];
  readonly making: Making;
  /** The alias that was emptied just now. */
  readonly cleared: string | undefined;
  /** The alias whose server did not confirm that it was. */
  readonly clearedLater: string | undefined;
}

export function cachesPage({ caches, making, cleared, clearedLater }: CachesPage): string {
  return layout({
    title: 'Caches',
    section: '/cache',
    making,
    body: html`
      <h1>The caches</h1>
      <p class="lead">
        What the application configured, and how often each was asked since the start. To clear one makes the
        next visit of its pages slow once more.
      </p>
      ${cleared !== undefined && html`<p class="notice" role="status">The cache <code>${cleared}</code> is empty now.</p>`}
      ${clearedLater !== undefined && html`<p class="notice bad" role="status">The cache <code>${clearedLater}</code> cannot be reached; it is emptied before it is used again.</p>`}
      <ul class="cards">
        ${caches.map(card)}
      </ul>
      <h2>One page</h2>
      ${pathForm()}
    `,
  });
}

function card({ alias, description, statistics }: CacheFacts): Html {
  const { hits, misses, unreadable, degraded, timeouts, outages, replayed } = statistics;
  const reads = hits + misses;
  return html`<li class="card" data-alias="${alias}">
    <h2>${alias}</h2>
    <p>${description}</p>
    <dl>
      <dt>Hits</dt>
      <dd>${whole(hits)}${reads > 0 && html` (${percent(hits / reads)})`}</dd>
      <dt>Misses</dt>
      <dd>${whole(misses)}</dd>
      <dt>Unreadable</dt>
      <dd>${whole(unreadable)}</dd>
      <dt>Failures hidden</dt>
      <dd>${whole(degraded)}</dd>
      <dt>Answers too late</dt>
      <dd>${whole(timeouts)}</dd>
      <dt>Outages</dt>
      <dd>${whole(outages)}</dd>
      <dt>Removals made up for</dt>
      <dd>${whole(replayed)}</dd>
    </dl>
    <form method="post" action="/cache/${encodeURIComponent(alias)}/clear"><button>Clear</button></form>
  </li>`;
}
