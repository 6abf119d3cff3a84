import { stylePolicy } from './html.ts';

/** Style of a statement page: black on white in print, light or dark on screens from 320 px. */
export const STATEMENT_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff;
  --desk: #f3f4f6;
  --ink: #15181e;
  --soft: #5a6372;
  --rule: #dfe3e8;
  --accent: #3a49c7;
  --note: #fff7e6;
  --note-rule: #e0a63a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171a20;
    --desk: #0e1013;
    --ink: #e9ecf1;
    --soft: #a2abb9;
    --rule: #2e343e;
    --accent: #a3aeff;
    --note: #2a2314;
    --note-rule: #b98a2f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--desk);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 820px; margin: 40px auto; padding: 56px 64px; background: var(--paper); border-radius: 10px; box-shadow: 0 1px 3px rgb(0 0 0 / 12%); }
h1, h2, p, dl, dd, ul, table { margin: 0; padding: 0; }
h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em; }
h2 { font-size: 17px; line-height: 1.3; font-weight: 650; }
.service { color: var(--accent); font-weight: 600; margin-bottom: 4px; }
.month { color: var(--soft); font-size: 18px; margin-top: 4px; }
header { display: flex; flex-wrap: wrap; gap: 16px 32px; justify-content: space-between; align-items: flex-end; padding-bottom: 28px; border-bottom: 2px solid var(--ink); }
.due { text-align: right; }
.due dt { color: var(--soft); }
.due dd { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.due small { font-size: 17px; font-weight: 500; letter-spacing: 0; }
.facts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px 32px; padding: 24px 0 4px; }
.facts dt, .proof dt { color: var(--soft); font-size: 13px; }
.facts dd { font-weight: 500; }
section { margin-top: 36px; }
section > p { color: var(--soft); margin-top: 4px; }
.scroll { overflow-x: auto; margin-top: 10px; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums lining-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 8px; }
th, td { padding: 9px 0 9px 20px; text-align: right; vertical-align: baseline; font-weight: 400; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { overflow-wrap: normal; color: var(--soft); font-size: 13px; line-height: 1.3; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
tbody th, tbody td { border-bottom: 1px solid var(--rule); }
tbody th { font-weight: 550; min-width: 11ch; }
td { white-space: nowrap; }
.text { white-space: normal; }
th small { display: block; color: var(--soft); font-size: 13px; font-weight: 400; }
tfoot { display: table-row-group; }
tfoot th, tfoot td { font-weight: 650; }
.sums { display: grid; grid-template-columns: 1fr minmax(0, 420px); }
.sums th { font-weight: 400; }
.sums tr:last-child th, .sums tr:last-child td { border-bottom: 0; border-top: 2px solid var(--ink); font-size: 19px; font-weight: 650; padding-top: 12px; }
.note { background: var(--note); border-left: 4px solid var(--note-rule); border-radius: 4px; padding: 18px 20px; }
.note > p { color: inherit; }
.proof { margin-top: 44px; padding-top: 20px; border-top: 1px solid var(--rule); font-size: 13px; }
.proof h2 { font-size: 14px; }
.proof p, .proof dl { margin-top: 8px; color: var(--soft); }
.proof dd, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 12px; }
.proof dd { color: var(--ink); margin-bottom: 8px; }
@media (max-width: 640px) {
  body { font-size: 14px; }
  main { margin: 0; padding: 28px 16px 40px; border-radius: 0; box-shadow: none; }
  h1, .due dd { font-size: 25px; }
  .due { text-align: left; }
  .facts { gap: 12px 20px; }
  .note { padding: 16px 14px; }
  th, td { padding-left: 5px; font-size: 12.5px; }
  tbody th { min-width: 9ch; }
  thead th { font-size: 11px; }
  th small { font-size: 12px; }
  .sums { display: block; }
}
@page {
  size: A4;
  margin: 18mm 18mm 20mm;
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt system-ui, sans-serif; color: #5a6372; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --desk: #fff; --ink: #000; --soft: #444; --rule: #ccc; --accent: #000; --note: #fff; --note-rule: #000; }
  body { font-size: 10pt; background: none; }
  main { max-width: none; margin: 0; padding: 0; background: none; border-radius: 0; box-shadow: none; }
  h1, .due dd { font-size: 20pt; }
  h2 { break-after: avoid; }
  .month { font-size: 12pt; }
  section { margin-top: 22px; }
  th, td { padding-top: 5px; padding-bottom: 5px; }
  .scroll { overflow: visible; }
  .note { border: 1px solid #000; border-left-width: 4px; }
  tr, .sums, .proof, header, .facts { break-inside: avoid; }
  thead th, th small, .facts dt, .proof { font-size: 8.5pt; }
}
`;

export const STATEMENT_CSP = stylePolicy(STATEMENT_STYLE);
