import type { ReconciledJob, ReconciledRow, Reconciliation } from '../shapes/reconciliation.ts';
import { CAUSE_TEXTS } from './cause-texts.ts';
import { count, counted, grouped, monthName, timeText } from './display-text.ts';
import { type Html, html, NOTHING, stylePolicy } from './html.ts';
import {
  differingRows,
  isExplained,
  isNothing,
  jobsOfCause,
  moreJobs,
  nextSteps,
  rowName,
  signedAmount,
  signedMinutes,
  unlistedJobs,
  verdict,
} from './reconciliation-content.ts';
import type { Page } from './statement-html.ts';
import { STATEMENT_STYLE } from './statement-style.ts';

/** Light on screens too: a report that is handed on reads the same everywhere. */
const STYLE = `${STATEMENT_STYLE}
:root { color-scheme: light; }
h2 { margin: 0; font-size: var(--large); font-weight: 600; }
h3 { margin: 0; font-size: var(--body); font-weight: 600; }
ul { margin: 0; padding-left: 1.25rem; }
.lines .share > * { padding-block: 0.25rem; border-bottom: 0; font-size: var(--small); }
.lines tbody tr.share:not(.rest) > td:last-child { font-weight: 400; }
.lines .share > th { padding-left: 1.5rem; font-weight: 400; }
.lines tbody > tr:last-child > * { border-bottom: 1px solid var(--line); }
.lines .rest > :is(th, td) { font-weight: 700; }
.facts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); }
.lines tbody tr:not(.share) > th { font-weight: 600; }
.lines tfoot > tr > * { font-size: var(--body); }
.facts .unexplained, .verdict { font-weight: 700; }
.row, .cause { display: grid; gap: 0.5rem; }
.row { gap: 1rem; }
.cause p { font-size: var(--small); }
.jobs { font-size: var(--small); }
.jobs .number { text-align: right; white-space: nowrap; }
.jobs code { overflow-wrap: anywhere; }
@media screen and (width < 48rem) {
  .lines tbody tr, .lines tfoot tr { display: block; }
  .lines .share > th { padding-left: 0; }
  .lines tbody .share { padding-block: 0.25rem; border: 0; }
  .lines tbody > tr > *, .lines tbody > tr:last-child > * { border: 0; }
  .lines tfoot th { padding-bottom: 0.25rem; }
  .lines td[data-empty], .jobs td[data-empty] { display: none; }
  .jobs .number { text-align: right; }
}
@media print {
  .lines { font-size: var(--small); }
  .lines :is(th, td) { padding-inline: 0.25rem; }
  .lines thead th { white-space: normal; vertical-align: bottom; }
  .row + .row { margin-top: 1rem; }
  .cause + .cause, .row > .cause { margin-top: 0.5rem; }
  h2, h3, .cause > p { break-after: avoid; }
}
`;

const CSP = stylePolicy(STYLE);

const SIDES = ['Provider', 'jobmeter', 'Difference'] as const;

type Figures = ReconciledRow['difference'];

const number = (label: string, text: string): Html =>
  text === ''
    ? html`<td class="number" data-empty=""></td>`
    : html`<td class="number" data-label="${label}">${text}</td>`;

const plain = (figures: Figures | undefined, side: string): Html[] =>
  figures
    ? [
        number(`${side}, unit minutes`, count(figures.unitMinutes)),
        number(`${side}, amount`, grouped(figures.amount)),
      ]
    : [number(side, ''), number(side, '')];

const signed = ({ unitMinutes, amount }: Figures): Html[] => [
  number('Difference, unit minutes', signedMinutes(unitMinutes)),
  number('Difference, amount', signedAmount(amount)),
];

const share = (name: string, figures: Figures, kind: string): Html => html`
<tr class="${kind}"><th scope="row">${name}</th>${plain(undefined, '')}${plain(undefined, '')}${signed(figures)}</tr>`;

const shares = ({ causes, unexplained }: Pick<ReconciledRow, 'causes' | 'unexplained'>): Html[] => [
  ...causes.map((each) => share(CAUSE_TEXTS[each.cause].name, each, 'share')),
  ...(isNothing(unexplained) ? [] : [share(CAUSE_TEXTS.unexplained.name, unexplained, 'share rest')]),
];

const rowOf = (row: ReconciledRow): Html => html`
<tbody>
<tr><th scope="row">${rowName(row)}</th>${plain(row.provider, SIDES[0])}${plain(row.here, SIDES[1])}${signed(row.difference)}</tr>${shares(row)}
</tbody>`;

const table = ({ rows, total }: Reconciliation): Html => html`
<table class="lines">
<caption>The provider’s figures beside jobmeter’s</caption>
<thead>
<tr><th scope="col">Region and flavor</th>${SIDES.flatMap((side) => [
  html`<th scope="col" class="number">${side}, min</th>`,
  html`<th scope="col" class="number">Amount</th>`,
])}</tr>
</thead>${rows.map(rowOf)}
<tfoot><tr><th scope="row">Total</th>${plain(total.provider, SIDES[0])}${plain(total.here, SIDES[1])}${signed(total.difference)}</tr></tfoot>
</table>
<p class="muted">A difference is the provider’s figure minus jobmeter’s. Minutes are minutes × units.</p>`;

/** Jobs printed for each cause. */
const JOBS_SHOWN = 25;

const jobRow = ({ jobId, unitMinutes, amount, detail, missingEvents }: ReconciledJob): Html => html`
<tr><th scope="row"><code>${jobId}</code></th><td class="text">${
  detail ?? (missingEvents.length > 0 ? counted(missingEvents.length, 'event') : '')
}</td>${number('Unit minutes', signedMinutes(unitMinutes))}${number('Amount', signedAmount(amount))}</tr>`;

const jobTable = (row: ReconciledRow, cause: ReconciledJob['cause']): Html => {
  const jobs = jobsOfCause(row, cause);
  if (jobs.length === 0) return NOTHING;
  const more = jobs.length - JOBS_SHOWN;
  return html`
<table class="jobs">
<caption>${rowName(row)}: ${CAUSE_TEXTS[cause].name}</caption>
<thead><tr><th scope="col">Job</th><th scope="col">Why</th><th scope="col" class="number">Unit minutes</th><th scope="col" class="number">Amount</th></tr></thead>
<tbody>${jobs.slice(0, JOBS_SHOWN).map(jobRow)}
</tbody>
</table>${more > 0 ? html`<p class="muted">${moreJobs(row, more)}</p>` : NOTHING}`;
};

const causesOf = (row: ReconciledRow): Html => html`
<section class="row">
<h2>${rowName(row)}</h2>${row.causes.map(
  (each) => html`
<section class="cause">
<h3>${CAUSE_TEXTS[each.cause].name}: ${signedAmount(each.amount)}</h3>${
    each.detail === undefined ? NOTHING : html`<p>${each.detail}</p>`
  }${jobTable(row, each.cause)}
</section>`,
)}${
  isNothing(row.unexplained)
    ? NOTHING
    : html`
<section class="cause">
<h3>${CAUSE_TEXTS.unexplained.name}: ${signedAmount(row.unexplained.amount)}, ${signedMinutes(row.unexplained.unitMinutes)} unit minutes</h3>
</section>`
}${[...unlistedJobs(row), ...(row.hints ?? [])].map((hint) => html`<p>${hint}</p>`)}
</section>`;

const list = (heading: string, items: readonly Html[]): Html =>
  items.length === 0
    ? NOTHING
    : html`
<section class="row">
<h2>${heading}</h2>
<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>
</section>`;

const fact = (name: string, text: string, kind = ''): Html => html`
<div><dt>${name}</dt><dd class="${kind}">${text}</dd></div>`;

const facts = (report: Reconciliation): Html => {
  const { currency, providerUpdatedAt, comparedAt, total } = report;
  const money = (amount: string) => `${amount} ${currency}`;
  const isRest = !isExplained(report);
  return html`
<dl class="facts">${fact('Provider', money(grouped(total.provider.amount)))}${fact('jobmeter', money(grouped(total.here.amount)))}${fact('Difference', money(signedAmount(total.difference.amount)), 'total')}${fact('Not explained', money(signedAmount(total.unexplained.amount)), isRest ? 'unexplained' : '')}${
    providerUpdatedAt === undefined
      ? NOTHING
      : fact('Provider’s figures of', `${timeText(providerUpdatedAt, 'UTC')} UTC`)
  }${fact('Compared', `${timeText(comparedAt, 'UTC')} UTC`)}
</dl>`;
};

/** A reconciliation as a page without scripts, to read and to print. */
export const reconciliationPage = (projectId: string, report: Reconciliation): Page => {
  const month = monthName(report.month);
  const steps = nextSteps(report).map(
    ({ cause, amount, text }) =>
      html`<strong>${CAUSE_TEXTS[cause].name}, ${signedAmount(amount)}:</strong> ${text}`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reconciliation of ${projectId} for ${month}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<main>
<header>
<p class="issuer">The provider’s bill beside jobmeter’s</p>
<p class="muted">Reconciliation of project ${projectId}</p>
<h1>${month}</h1>
<p class="verdict">${verdict(report)}</p>
</header>
<article>${facts(report)}${
    report.rows.length === 0 ? html`\n<p>Neither side has any usage.</p>` : table(report)
  }${list('What to do next', steps)}${differingRows(report).map(causesOf)}${list(
    'Notes',
    report.notes.map((note) => html`${note}`),
  )}
</article>
</main>
</body>
</html>
`;
  return { html: page.html, contentSecurityPolicy: CSP };
};
