import type { PageExplanation } from 'nestjs-cache-framework';
import { duration, whole } from '../html/format.js';
import { type Html, html, type Part } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';

interface KeptPagePage {
  readonly path: string;
  readonly explanation: PageExplanation;
  /** `now`, or `later` if a server did not confirm it; anything else: nobody asked for it. */
  readonly forgotten: unknown;
  readonly making: Making;
}

export function keptPagePage({ path, explanation, forgotten, making }: KeptPagePage): string {
  return layout({
    title: `The page ${path} in the cache`,
    section: '/cache',
    making,
    body: html`
      <h1>${path}</h1>
      ${forgotten === 'now' && html`<p class="notice" role="status">The pages of this path are out of the cache.</p>`}
      ${forgotten === 'later' && html`<p class="notice bad" role="status">The cache cannot be reached; the pages of this path are taken out before it is used again.</p>`}
      <p class="lead">What the cache does if you open this page now, and why.</p>
      <dl>
        ${factsOf(explanation).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      <div class="row">
        <a class="button" href="${path}">Open it</a>
        <form method="post" action="/cache/page">
          <input type="hidden" name="path" value="${path}" />
          <button>Take it out of the cache</button>
        </form>
      </div>
      ${pathForm()}
    `,
  });
}

/** Asks for the path of a page. */
export function pathForm(): Html {
  return html`<form class="filter" action="/cache/page">
    <label
      >A path of this site<br /><input name="path" required pattern="/.*" placeholder="/flights"
    /></label>
    <button>What does the cache do with it?</button>
  </form>`;
}

function factsOf({ outcome, reason, handler, variant, tags, key, page }: PageExplanation): [string, Part][] {
  const facts: [string, Part][] = [
    ['Outcome', html`<b id="outcome">${outcome}</b>`],
    ['Reason', reason],
    ['Handler', handler],
    ['Tags', tags?.join(', ')],
    ['Varies on', variant && Object.keys(variant).length > 0 && JSON.stringify(variant)],
    ['Key', key && html`<code>${key}</code>`],
    ['Size', page && `${whole(page.bytes)} bytes`],
    ['Age', page && duration(page.age * 1000)],
    ['Fresh for', page && (page.freshFor === null ? 'ever' : duration(page.freshFor * 1000))],
  ];
  return facts.filter(([, value]) => value !== undefined && value !== false && value !== '');
}
