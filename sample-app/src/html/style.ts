import { hash } from 'node:crypto';

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#faf7f2, #17161a); --card: light-dark(#fff, #211f26); --ink: light-dark(#26222b, #ece8e1);
  --soft: light-dark(#6d6573, #a49cab); --line: light-dark(#e6dfd5, #37333f); --accent: light-dark(#b3392f, #ff8a73);
  --good: light-dark(#1f7a4d, #6fd3a0); --heat: 196 74 45;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--accent); text-underline-offset: .15em; }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; align-items: baseline; padding: 1rem max(1rem, calc((100% - 68rem) / 2));
  border-bottom: 1px solid var(--line); background: var(--card); }
.brand { font: 700 1.3rem Georgia, serif; color: var(--ink); text-decoration: none; }
.brand span { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
nav a { color: var(--soft); text-decoration: none; padding: .2rem 0; border-bottom: 2px solid transparent; }
nav a:hover, nav a[aria-current] { color: var(--ink); border-color: var(--accent); }
main, footer { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font: 700 clamp(1.7rem, 4vw, 2.5rem)/1.15 Georgia, serif; margin: 1rem 0 .6rem; text-wrap: balance; }
h2 { font: 700 1.3rem/1.3 Georgia, serif; margin: 2rem 0 .6rem; }
.lead { color: var(--soft); max-width: 44rem; margin-top: 0; } h2 + .lead { margin-top: -.3rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); padding: 0; list-style: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: 1rem 1.2rem; }
.card h2 { margin: 0 0 .3rem; } .card p { margin: 0; color: var(--soft); } .card dl { margin: .8rem 0; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .7rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .8rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
td.wide { white-space: normal; min-width: 12rem; }
tr:last-child td { border-bottom: 0; }
th { font-size: .82rem; color: var(--soft); font-weight: 600; }
.n { text-align: right; }
.scroll + .lead { margin-top: .8rem; }
.heat td { text-align: center; padding: .3rem .5rem; }
.bar { width: 40%; min-width: 8rem; } .bar i { display: block; height: .8rem; border-radius: .2rem; background: var(--accent); opacity: .75; }
form.filter { display: flex; flex-wrap: wrap; gap: .7rem; align-items: end; margin: 1rem 0; }
label { display: block; font-size: .85rem; color: var(--soft); }
input, select, button, .button { font: inherit; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: .45rem; background: var(--card); color: var(--ink); max-width: 100%; }
button, .button { cursor: pointer; text-decoration: none; display: inline-block; }
button.main { background: var(--accent); border-color: var(--accent); color: light-dark(#fff, #17161a); font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.fields { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); max-width: 50rem; }
.fields input, .fields select { width: 100%; }
.wrong { color: var(--accent); font-size: .88rem; margin: .2rem 0 0; } [aria-invalid] { border-color: var(--accent); }
.notice { border-left: 4px solid var(--good); background: var(--card); padding: .7rem 1rem; border-radius: .3rem; max-width: 50rem; }
.notice.bad { border-color: var(--accent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.4rem; } dt { color: var(--soft); } dd { margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 1.2rem 0; } .row form { margin: 0; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.2rem 0; padding: 0; list-style: none; }
.figures b { display: block; font: 700 1.7rem Georgia, serif; color: var(--ink); } .figures li { color: var(--soft); }
footer { margin-top: 2rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; padding-bottom: 2rem; }
footer ul { margin: 0; padding-left: 1.1rem; } footer code { overflow-wrap: anywhere; } .hit::marker, p.hit { color: var(--good); }
`;

/** Named by its content, so that browsers may keep it for ever. */
export const STYLE_PATH = `/style.css?v=${hash('sha256', STYLE, 'hex').slice(0, 10)}`;
