import { formatMinor, parseMinor } from '../billing/money.ts';
import { createCalendar } from '../billing/months.ts';
import type { Statement } from '../shapes/statement.ts';
import { type Html, html, NOTHING } from './html.ts';
import { STATEMENT_CSP, STATEMENT_STYLE } from './statement-style.ts';

type Line = Statement['lines'][number];
type UnbilledCharges = Statement['unrated'];
type Time = number | string;

const LOCALE = 'en-GB';

/** Counts are whole numbers; money is never formatted as a number. */
const count = (value: number): string => value.toLocaleString('en');

const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** `2026-10` as October 2026. */
const monthName = (month: string): string =>
  new Date(`${month}-01`).toLocaleDateString(LOCALE, { month: 'long', year: 'numeric', timeZone: 'UTC' });

const dateIn = (time: Time, timeZone: string): string =>
  new Date(time).toLocaleDateString(LOCALE, { day: 'numeric', month: 'long', year: 'numeric', timeZone });

const timeIn = (time: Time, timeZone: string): Html => {
  const date = new Date(time);
  const text = date.toLocaleString(LOCALE, { dateStyle: 'medium', timeStyle: 'medium', timeZone });
  return html`<time datetime="${date.toISOString()}">${text}</time>`;
};

const sumOf = (lines: readonly Line[], currency: string): string =>
  formatMinor(
    lines.reduce((sum, { amount }) => sum + parseMinor(amount), 0n),
    currency,
  );

interface Table {
  /** Id of the heading that labels it. */
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly string[];
}

/** A table that scrolls when it is too wide, also by keyboard. */
const table = (
  { id, caption, columns }: Table,
  body: readonly Html[],
  foot: Html = NOTHING,
): Html => html`<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${body}</tbody>
${foot}</table>
</div>`;

/** A correction names its usage month. */
const lineRow = (line: Line): Html => html`<tr>
<th scope="row">${line.flavor}<small>per ${line.unit.toUpperCase()}${line.kind === 'correction' ? `, ${monthName(line.usageMonth)}` : ''}</small></th>
<td>${count(line.minutes)}</td>
<td>${count(line.unitMinutes)}</td>
<td>${line.pricePerHour} ${line.currency}</td>
<td>${line.amount} ${line.currency}</td>
</tr>
`;

const linesTable = (id: string, caption: string, lines: readonly Line[], currency: string): Html =>
  table(
    { id, caption, columns: ['Flavor', 'Minutes', 'Unit minutes', 'Price per hour', 'Amount'] },
    lines.map(lineRow),
    html`<tfoot><tr><th scope="row" colspan="4">Sum</th><td>${sumOf(lines, currency)} ${currency}</td></tr></tfoot>
`,
  );

const usageSection = (lines: readonly Line[], { month, currency }: Statement): Html => {
  const caption =
    'Commenced minutes of jobs. Unit minutes are these times the GPUs or CPUs of each job; the price is for one of them.';
  return html`<section>
<h2 id="usage">Usage of ${monthName(month)}</h2>
${lines.length === 0 ? html`<p>Nothing of this month is billed.</p>` : linesTable('usage', caption, lines, currency)}
</section>
`;
};

const correctionsSection = (lines: readonly Line[], { currency }: Statement): Html => {
  const caption =
    'Changes reported after the statement of their month was issued. Only the difference to earlier statements is billed; a negative amount is a credit.';
  if (lines.length === 0) return NOTHING;
  return html`<section>
<h2 id="corrections">Corrections of earlier months</h2>
${linesTable('corrections', caption, lines, currency)}
</section>
`;
};

const unbilledRow = (
  { jobId, start, minutes, flavor, heldFrom }: UnbilledCharges['charges'][number],
  timeZone: string,
): Html => html`<tr>
<th scope="row">${jobId}${flavor === undefined ? NOTHING : html`<small>${flavor}</small>`}</th>
<td class="text">${timeIn(heldFrom ?? start, timeZone)}</td>
${heldFrom === undefined ? html`<td>${count(minutes)}</td>` : NOTHING}
</tr>
`;

interface Note {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  /** Columns after the job. */
  readonly columns: readonly string[];
}

const UNRATED: Note = {
  id: 'unrated',
  title: 'Not billed yet: no price',
  why: 'No resources were reported for these charges, or the tariff has no price for their flavor. They are billed on a later statement, once they have a price.',
  columns: ['From', 'Minutes'],
};

const HELD: Note = {
  id: 'held',
  title: 'Held: beyond the longest run that is billed',
  why: 'No stop of these jobs was reported in time. The time beyond the limit of the tariff is not billed.',
  columns: ['Held from'],
};

/** A note on what the statement does not bill; nothing if there is none. */
const note = (
  { id, title, why, columns }: Note,
  { count: found, charges }: UnbilledCharges,
  timeZone: string,
): Html => {
  if (found === 0) return NOTHING;
  const listed = charges.length < found ? ` The first ${charges.length} are listed.` : '';
  return html`<section class="note">
<h2 id="${id}">${title}</h2>
<p>${why}</p>
${table(
  { id, caption: `${plural(found, 'charge')}.${listed}`, columns: ['Job', ...columns] },
  charges.map((charge) => unbilledRow(charge, timeZone)),
)}
</section>
`;
};

const sums = (usage: readonly Line[], corrections: readonly Line[], statement: Statement): Html => {
  const { currency, included, total } = statement;
  const row = (
    name: string,
    amount: string,
  ) => html`<tr><th scope="row">${name}</th><td>${amount} ${currency}</td></tr>
`;
  return html`<section class="sums">
<h2 id="sums">Summary</h2>
<table aria-labelledby="sums">
<tbody>
${row('Usage', sumOf(usage, currency))}${corrections.length > 0 ? row('Corrections', sumOf(corrections, currency)) : NOTHING}${included.map(({ item, amount }) => row(`${item}, included`, amount))}${row('Total', total)}</tbody>
</table>
</section>
`;
};

const proof = ({ statementId, digest, projectId, month }: Statement): Html => html`<section class="proof">
<h2>How to check this statement</h2>
<p>An amount is unit minutes times the price per hour, divided by 60 and rounded once per line, half up. The amount of a correction is the new amount for all minutes of its month, minus what earlier statements billed.</p>
<dl>
<dt>Statement</dt><dd>${statementId}</dd>
<dt>Digest of its charges</dt><dd>${digest}</dd>
</dl>
<p>The charges behind the lines, each with the events that began and ended it, are read at <code>/v1/projects/${projectId}/statements/${month}/charges</code>. Together with the statement as JSON they are enough to check every figure: <code>jobmeter verify statement.json charges.json</code>.</p>
</section>
`;

const facts = ({ projectId, month, timeZone, issuedAt }: Statement): Html => {
  const { start, end } = createCalendar(timeZone).month(month);
  return html`<dl class="facts">
<div><dt>Project</dt><dd>${projectId}</dd></div>
<div><dt>Issued</dt><dd>${timeIn(issuedAt, timeZone)}</dd></div>
<div><dt>Period</dt><dd>${dateIn(start, timeZone)} to ${dateIn(end - 1, timeZone)}</dd></div>
<div><dt>Time zone of months and times</dt><dd>${timeZone}</dd></div>
</dl>
`;
};

/** A standalone page and its content security policy. */
export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** A statement as a printable page without scripts. Amounts are copied from the statement. */
export const statementPage = (statement: Statement): Page => {
  const { projectId, month, timeZone, currency, total, lines, unrated, held } = statement;
  const usage = lines.filter(({ kind }) => kind === 'usage');
  const corrections = lines.filter(({ kind }) => kind === 'correction');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Statement of ${projectId} for ${monthName(month)}</title>
<style>${{ html: STATEMENT_STYLE }}</style>
</head>
<body>
<main>
<header>
<div><p class="service">AI Training</p><h1>Statement</h1><p class="month">${monthName(month)}</p></div>
<dl class="due"><dt>Total</dt><dd>${total} <small>${currency}</small></dd></dl>
</header>
${facts(statement)}${usageSection(usage, statement)}${correctionsSection(corrections, statement)}${note(UNRATED, unrated, timeZone)}${note(HELD, held, timeZone)}${sums(usage, corrections, statement)}${proof(statement)}</main>
</body>
</html>
`;
  return { html: page.html, contentSecurityPolicy: STATEMENT_CSP };
};
