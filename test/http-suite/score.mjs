/** From results to figures. A test counts only if those that it depends on have passed: that is the suite's own rule. */

const KINDS = ['required', 'optimal', 'check'];
const PASSED = new Set(['pass', 'yes']);

/**
 * @typedef {{ passed: number, all: number }} Figure
 * @typedef {object} Score
 * @property {Record<string, Figure>} byKind
 * @property {{ group: string, figures: Record<string, Figure> }[]} byGroup
 * @property {Record<string, string>} outcomes by test
 * @property {{ kind: string, id: string, outcome: string, message: string }[]} misses
 */

/** @param {import('./suite.mjs').Suite} suite @param {Record<string, true | [string, string]>} results @returns {Score} */
export function scoreOf({ groups, verdictOn }, results) {
  const byKind = noFigures();
  const outcomes = {};
  const misses = [];
  const byGroup = groups.map(({ id: group, tests }) => {
    const figures = noFigures();
    for (const { id, kind = 'required' } of tests) {
      const outcome = verdictOn(id, results);
      outcomes[id] = outcome;
      for (const figure of [byKind[kind], figures[kind]]) {
        figure.all++;
        if (PASSED.has(outcome)) figure.passed++;
      }
      if (!PASSED.has(outcome)) misses.push({ kind, id, outcome, message: results[id]?.[1] ?? '' });
    }
    return { group, figures };
  });
  return { byKind, byGroup, outcomes, misses };
}

/** @param {Score} score */
export function tableOf({ byGroup, byKind, misses }) {
  const line = (name, figures) => `| ${[name, ...KINDS.map((kind) => textOf(figures[kind]))].join(' | ')} |`;
  const missed = misses
    .filter(({ kind }) => kind !== 'check')
    .map(({ id, kind, message, outcome }) => `${kind} ${id}: ${outcome}${message && `, ${message}`}`);
  return [
    line('group', Object.fromEntries(KINDS.map((kind) => [kind, kind]))),
    '| --- | --- | --- | --- |',
    ...byGroup.map(({ figures, group }) => line(group, figures)),
    line('all', byKind),
    '',
    ...missed,
    '',
    `http-suite: ${KINDS.map((kind) => `${kind} ${byKind[kind].passed}/${byKind[kind].all}`).join(', ')}`,
  ].join('\n');
}

function textOf(figure) {
  if (typeof figure === 'string') return figure;
  return figure.all === 0 ? '' : `${figure.passed} of ${figure.all}`;
}

/** @returns {Record<string, Figure>} */
function noFigures() {
  return Object.fromEntries(KINDS.map((kind) => [kind, { passed: 0, all: 0 }]));
}
