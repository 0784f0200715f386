import { duration } from './format.js';
import { Html, html } from './html.js';
import type { Making, Reading } from './making.js';

/**
 * Tells how the page was made. What a cached page says of itself is the same on every hit, so its bytes hold the moment of its making,
 * and the script compares that with the moment at which this visit began.
 */
export function footer(making: Making, pageAlias: string | undefined): Html {
  const ms = making.elapsedMs;
  if (pageAlias === undefined) return valuesFooter(making, ms);
  const at = Date.now();
  return html`<footer>
    <p id="made" data-at="${at}" data-ms="${ms.toFixed(1)}" data-alias="${pageAlias}">
      Computed in ${duration(ms)} at ${new Date(at).toISOString()}, then kept in the cache
      <code>${pageAlias}</code>.
    </p>
    ${script}
  </footer>`;
}

function valuesFooter({ readings }: Making, ms: number): Html {
  return html`<footer>
    <p>Computed in ${duration(ms)} for this visit; the page as a whole is in no cache.</p>
    ${
      readings.length > 0 &&
      html`<ul class="readings">
        ${readings.map(readingLine)}
      </ul>`
    }
  </footer>`;
}

function readingLine({ key, alias, wasHit, ageMs }: Reading): Html {
  return wasHit
    ? html`<li class="hit">
        Hit: <code>${key}</code> came from the cache <code>${alias}</code>, ${duration(ageMs)} old.
      </li>`
    : html`<li class="miss">
        Miss: <code>${key}</code> was read from the database and kept in the cache <code>${alias}</code>.
      </li>`;
}

/** Holds no part of any page, so nothing needs escaping. */
const script = new Html(`<script>
addEventListener('load', () => setTimeout(() => {
  const made = document.getElementById('made');
  const { at, ms, alias } = made.dataset;
  const [visit] = performance.getEntriesByType('navigation');
  const computing = Math.round(ms) + ' ms';
  const answer = Math.max(1, Math.round(visit.responseEnd - visit.startTime)) + ' ms';
  const seconds = Math.round((performance.timeOrigin - at) / 1000);
  const age = seconds < 120 ? seconds + ' s' : Math.round(seconds / 60) + ' min';
  const isCached = Number(at) < performance.timeOrigin;
  const where = visit.transferSize === 0 ? 'the copy that your browser kept of the cache ' : 'the cache ';
  made.className = isCached ? 'hit' : 'miss';
  made.textContent = isCached
    ? 'Served from ' + where + alias + ', ' + age + ' old; computing it took ' + computing + '; this answer took ' + answer + '.'
    : 'Computed for you in ' + computing + ' and kept in the cache ' + alias + '; this answer took ' + answer + '. Reload to see a hit.';
}));
</script>`);
