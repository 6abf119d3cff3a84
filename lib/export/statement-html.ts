import type { Statement } from '../shapes/statement.ts';
import { type Html, html, NOTHING } from './html.ts';
import { type Cell, type Note, type StatementContent, statementContent } from './statement-content.ts';
import { STATEMENT_CSP, STATEMENT_STYLE } from './statement-style.ts';

const cell = ({ text, unit }: Cell): Html =>
  unit === undefined
    ? html`${text}`
    : html`<span class="value">${text}<span class="muted"> ${unit}</span></span>`;

const fact = ([name, value]: StatementContent['facts'][number]): Html => html`
<div><dt>${name}</dt><dd class="${name.toLowerCase()}">${cell(value)}</dd></div>`;

const TEXT_COLUMNS = 2;

/** Where the table has no head, each cell has its own. */
const row = (cells: readonly Cell[], columns: readonly string[]): Html => html`
<tr><th scope="row">${cells.slice(0, 1).map(cell)}</th>${cells.slice(1).map((each, index) => {
  const kind = index + 1 < TEXT_COLUMNS ? 'text' : 'number';
  return html`<td class="${kind}" data-label="${columns[index + 1] ?? ''}">${cell(each)}</td>`;
})}</tr>`;

const group = (
  { heading, sum, rows }: StatementContent['groups'][number],
  columns: readonly string[],
) => html`
<tbody>
<tr class="group"><th scope="rowgroup" colspan="5">${heading}</th><td class="number muted">${cell(sum)}</td></tr>${rows.map((cells) => row(cells, columns))}
</tbody>`;

const included = (items: StatementContent['included']): Html => html`
<tbody>
<tr class="group"><th scope="rowgroup" colspan="6">Included</th></tr>${items.map(
  ([item, amount]) => html`
<tr class="included"><th scope="row" colspan="5">${item}</th><td class="number">${cell(amount)}</td></tr>`,
)}
</tbody>`;

const table = ({ columns, groups, included: items, total }: StatementContent): Html => html`
<table class="lines">
<caption>Lines of the statement</caption>
<thead><tr>${columns.map(
  (name, index) => html`<th scope="col" class="${index < TEXT_COLUMNS ? 'text' : 'number'}">${name}</th>`,
)}</tr></thead>${groups.map((each) => group(each, columns))}${included(items)}
<tfoot><tr><th scope="row" colspan="5">Total</th><td class="number">${cell(total)}</td></tr></tfoot>
</table>`;

const note = ({ heading, text, columns, rows }: Note): Html => html`
<section class="note">
<p><strong>${heading}</strong> ${text}</p>
<table>
<caption>${heading}</caption>
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
  ([first = '', ...others]) => html`
<tr><th scope="row">${first}</th>${others.map(
    (value, index) => html`<td data-label="${columns[index + 1] ?? ''}">${value}</td>`,
  )}</tr>`,
)}
</tbody>
</table>
</section>`;

const proof = ({ proof: ids, check }: StatementContent): Html => html`
<section class="proof">
<dl>${ids.map(([name, value]) => html`<div><dt>${name}</dt><dd><code>${value}</code></dd></div>`)}</dl>
<p>${check}</p>
</section>`;

/** A standalone page and its content security policy. */
export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** A statement as a page without scripts, to read and to print. */
export const statementPage = (issuer: string, statement: Statement): Page => {
  const content = statementContent(issuer, statement);
  const { title, projectId, month, facts, groups, further, notes } = content;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: STATEMENT_STYLE }}</style>
</head>
<body>
<main>
<header>
<p class="issuer">${issuer}</p>
<p class="muted">Statement of project ${projectId}</p>
<h1>${month}</h1>
</header>
<article>
<dl class="facts">${facts.map(fact)}
</dl>${groups.length === 0 ? html`\n<p>Nothing is billed.</p>` : NOTHING}${table(content)}${further === undefined ? NOTHING : html`\n<p><strong>${further}</strong></p>`}${notes.map(note)}${proof(content)}
</article>
</main>
</body>
</html>
`;
  return { html: page.html, contentSecurityPolicy: STATEMENT_CSP };
};
