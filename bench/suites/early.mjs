import { FIELDS, assertWrk, runWrk } from '../pages/wrk.mjs';
import { rowOf } from '../pages/compare.mjs';
import { moveToLoad, processors } from '../pages/processors.mjs';
import { startBareServer, startServer } from '../pages/server.mjs';

/** @typedef {import('../harness.mjs').Harness} Harness */

const PLATFORMS = { express: 'Express', fastify: 'Fastify' };
const KINDS = { json: '2.4 kB of JSON', html: '100 kB of HTML' };

/**
 * Early answers against a server of Node alone that writes the same head and bytes; and what an application with early pages loses on
 * others.
 *
 * @param {Harness} harness
 */
export async function runEarly(harness) {
  assertWrk();
  const places = processors();
  moveToLoad(places);
  for (const [platform, title] of Object.entries(PLATFORMS)) {
    const rows = [];
    for (const [subject, label, wanted] of [
      ['ours, early', 'early hit', '≥ 0.85'],
      ['ours, early and varying', 'early hit, three fields in Vary', '≥ 0.75'],
    ]) {
      for (const [kind, about] of Object.entries(KINDS))
        rows.push(
          await againstBare(harness, {
            platform,
            places,
            subject,
            kind,
            label: `${label}, ${about}`,
            wanted,
          }),
        );
    }
    rows.push(await onOthers(harness, platform, places));
    harness.table(
      `Early answers on ${title}: requests per second by wrk; ratio = ours / theirs, median (quartiles)`,
      rows,
    );
  }
}

async function againstBare(harness, { kind, label, places, platform, subject, wanted }) {
  const ours = await startServer({ platform, subject }, places);
  try {
    const answer = await earlyAnswer(ours.port, kind);
    const bare = await startBareServer({ kind, ...answer }, places);
    try {
      return await compared(harness, label, {
        ours,
        theirs: bare,
        name: 'node:http',
        path: `/${kind}`,
        wanted,
      });
    } finally {
      await bare.stop();
    }
  } finally {
    await ours.stop();
  }
}

/** A page without a rule, in an application with early pages and in one without. */
async function onOthers(harness, platform, places) {
  const [ours, theirs] = [
    await startServer({ platform, subject: 'ours, early' }, places),
    await startServer({ platform, subject: 'ours' }, places),
  ];
  try {
    const label = 'another page of the application';
    return await compared(harness, label, {
      ours,
      theirs,
      name: 'without early',
      path: '/other',
      wanted: '≥ 0.98',
    });
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
}

async function compared(harness, label, { name, ours, path, theirs, wanted }) {
  harness.progress(`pages: ${label}`);
  const comparison = await harness.compare(label, sideOf('ours', ours, path), sideOf(name, theirs, path));
  return rowOf(comparison, { label, peer: name, wanted });
}

/** @returns {import('../harness.mjs').Side} */
function sideOf(name, server, path) {
  return {
    name,
    operations: undefined,
    walk: () => runWrk(server.port, path),
    processorMs: async () => (await server.state()).processorMs,
  };
}

/** The head of an early answer, as the other side is to say it. */
async function earlyAnswer(port, kind) {
  const url = `http://127.0.0.1:${port}/${kind}`;
  let response = await fetch(url, { headers: FIELDS });
  for (
    let attempt = 0;
    attempt < 20 && !/; hit\b/.test(response.headers.get('cache-status') ?? '');
    attempt++
  ) {
    await response.arrayBuffer();
    response = await fetch(url, { headers: FIELDS });
  }
  await response.arrayBuffer();
  const headers = Object.fromEntries(response.headers);
  for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete headers[name];
  return { status: response.status, headers };
}
