import { stylePolicy } from './html.ts';

/** Style of a statement, in the colours and sizes of the web page (web/styles/tokens.css). */
export const STATEMENT_STYLE = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#f7f7f8, #0f1115);
  --surface: light-dark(#ffffff, #171a21);
  --line: light-dark(#e4e6ea, #2a2f3a);
  --ink: light-dark(#15181f, #eceef3);
  --muted: light-dark(#5a6172, #a0a8b8);
  --accent: light-dark(#3a49c7, #a3aeff);
  --warning: light-dark(#875000, #f0b862);
  --warning-soft: light-dark(#fdf3e0, #352813);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --small: 0.8125rem;
  --body: 0.9375rem;
  --large: 1.125rem;
  --title: 1.5rem;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--canvas);
  color: var(--ink);
  font: 400 var(--body) / 1.5 var(--sans);
  overflow-wrap: anywhere;
}
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.5rem; }
h1, p, dl, dd, table { margin: 0; padding: 0; }
h1 { font-size: var(--title); font-weight: 640; letter-spacing: -0.015em; line-height: 1.25; }
header { margin-bottom: 1.5rem; }
header p { font-size: var(--small); }
.issuer { color: var(--accent); font-weight: 600; }
.muted { color: var(--muted); font-weight: 400; }
td .value { white-space: nowrap; }
article { display: grid; gap: 1.5rem; padding: 1.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
dt { color: var(--muted); font-size: var(--small); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: 1rem 1.5rem; }
.facts .total { font-size: var(--large); font-weight: 600; line-height: 1.3; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: var(--small); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; }
.lines .number { text-align: right; white-space: nowrap; }
.lines tbody tr:not(.group, .included) > td:last-child { font-weight: 600; }
.lines .group > * { padding-top: 1.5rem; font-size: var(--small); font-weight: 600; }
.lines tbody:first-of-type .group > * { padding-top: 0.75rem; }
.lines .included > * { color: var(--muted); font-weight: 400; }
.lines tbody:nth-last-of-type(1) tr:last-child > * { border-bottom: 0; }
tfoot { display: table-row-group; }
tfoot > tr > * { padding-block: 0.75rem; border-top: 2px solid var(--ink); border-bottom: 0; font-size: var(--large); font-weight: 640; }
.note { padding: 0.75rem 1rem; background: var(--warning-soft); border: 1px solid color-mix(in srgb, var(--warning) 35%, transparent); border-radius: 10px; }
.note strong { color: var(--warning); }
.note table { margin-top: 0.5rem; font-size: var(--small); table-layout: fixed; }
.note :is(th, td):nth-child(1) { width: 32%; }
.note :is(th, td):nth-child(2) { width: 18%; }
.note :is(th, td):nth-child(3) { width: 23%; }
.note th, .note td, .note .muted { border-color: color-mix(in srgb, var(--warning) 35%, transparent); }
.note thead th { color: var(--ink); }
.note tbody tr:last-child > * { border-bottom: 0; }
.proof { display: grid; gap: 0.75rem; font-size: var(--small); }
.proof dl { display: grid; gap: 0.5rem; }
.proof p { color: var(--muted); }
code { font: 0.875em / 1.4 var(--mono); }
@media screen and (width < 48rem) {
  main { padding: 1rem; }
  article { padding: 1rem; }
  table, tbody, tfoot, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  th, td, .lines .number { padding: 0.1875rem 0; border: 0; text-align: left; }
  .note :is(th, td):nth-child(n) { width: auto; }
  tbody tr { padding-block: 0.75rem; border-bottom: 1px solid var(--line); }
  .note tbody tr { border-color: color-mix(in srgb, var(--warning) 35%, transparent); }
  .note tbody tr:last-child { border-bottom: 0; }
  td[data-label] { display: flow-root; text-align: right; }
  .lines .number[data-label] { text-align: right; }
  td[data-label]::before { content: attr(data-label); float: left; margin-right: 1rem; color: var(--muted); font-weight: 400; }
  .lines :is(.group, .included), tfoot tr { display: flex; justify-content: space-between; gap: 1rem; padding-block: 0.5rem; }
  .lines .group { padding-top: 1rem; }
  .lines .group > *, .lines tbody:first-of-type .group > *, tfoot > tr > * { padding: 0; border: 0; }
  tfoot tr { padding-block: 0.75rem; border-top: 2px solid var(--ink); }
}
@page {
  size: A4;
  margin: 16mm;
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt system-ui, sans-serif; color: #5a6172; }
}
@media print {
  :root { color-scheme: light; --canvas: #fff; --body: 9.5pt; --small: 8.5pt; --large: 11pt; }
  body { background: none; }
  main, article { max-width: none; padding: 0; border: 0; background: none; }
  article { display: block; }
  article > * + * { margin-top: 1.25rem; }
  th, td { padding-block: 0.3125rem; }
  .facts { grid-template-columns: repeat(4, auto); }
  .note { padding: 0; background: none; border: 0; }
  .note thead { break-after: avoid; }
  tr, .proof, header, .facts, .note > p { break-inside: avoid; }
  .group, .note > p { break-after: avoid; }
}
`;

export const STATEMENT_CSP = stylePolicy(STATEMENT_STYLE);
