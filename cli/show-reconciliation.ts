import {
  differingRows,
  isExplained,
  isNothing,
  jobsOfCause,
  moreJobs,
  nextSteps,
  rowName,
  unlistedJobs,
  verdict,
} from '../lib/export/reconciliation-content.ts';
import type { ReconciledRow, Reconciliation } from '../lib/shapes/reconciliation.ts';
import { bold, counted, dim, green, indent, table } from './output.ts';

/** Jobs listed per cause. */
const JOBS_SHOWN = 5;

type Figures = ReconciledRow['difference'];

const minutes = (unitMinutes: number): string => unitMinutes.toLocaleString('en');
const signedMinutes = (unitMinutes: number): string =>
  unitMinutes > 0 ? `+${minutes(unitMinutes)}` : minutes(unitMinutes);
const signedAmount = (amount: string): string =>
  amount.startsWith('-') || !/[1-9]/.test(amount) ? amount : `+${amount}`;

const plain = (figures: Figures | undefined): string[] =>
  figures ? [minutes(figures.unitMinutes), figures.amount] : ['', ''];

const signed = ({ unitMinutes, amount }: Figures): string[] => [
  signedMinutes(unitMinutes),
  signedAmount(amount),
];

const shares = ({ causes, unexplained }: Pick<ReconciledRow, 'causes' | 'unexplained'>): string[][] => [
  ...causes.map((share) => [indent(share.cause), '', '', '', '', ...signed(share)]),
  ...(isNothing(unexplained)
    ? []
    : [
        [indent('unexplained'), '', '', '', '', ...signed(unexplained)].map((cell) =>
          cell === '' ? '' : bold(cell),
        ),
      ]),
];

const figuresTable = ({ currency, rows, total }: Reconciliation): string => {
  const sides = ['provider', 'jobmeter', 'difference'].flatMap((side) => [
    { title: `${side} min`, align: 'right' as const },
    { title: currency, align: 'right' as const },
  ]);
  const all =
    rows.length === 1
      ? []
      : [
          ['total', ...plain(total.provider), ...plain(total.here), ...signed(total.difference)].map(bold),
          ...shares(total),
        ];
  return table(
    [{ title: 'region, flavor' }, ...sides],
    [
      ...rows.flatMap((row) => [
        [rowName(row), ...plain(row.provider), ...plain(row.here), ...signed(row.difference)],
        ...shares(row),
      ]),
      ...all,
    ],
  );
};

const causeLines = (row: ReconciledRow): string[] =>
  row.causes.flatMap(({ cause, amount, detail }) => {
    const jobs = jobsOfCause(row, cause);
    const more = jobs.length - JOBS_SHOWN;
    return [
      indent(`${cause}: ${signedAmount(amount)}${detail === undefined ? '' : `, ${detail}`}`),
      ...jobs
        .slice(0, JOBS_SHOWN)
        .map((job) =>
          indent(
            `${job.jobId}  ${signedMinutes(job.unitMinutes)} min ${signedAmount(job.amount)}${job.detail === undefined ? '' : dim(`  ${job.detail}`)}`,
            4,
          ),
        ),
      ...(more > 0 ? [indent(dim(`${moreJobs(row, more)} (--json has up to 100 of a row)`), 4)] : []),
    ];
  });

const why = (row: ReconciledRow): string[] => [
  '',
  bold(rowName(row)),
  ...causeLines(row),
  ...(isNothing(row.unexplained)
    ? []
    : [
        indent(
          bold(
            `unexplained: ${signedAmount(row.unexplained.amount)}, ${signedMinutes(row.unexplained.unitMinutes)} min`,
          ),
        ),
      ]),
  ...[...unlistedJobs(row), ...(row.hints ?? [])].map((hint) => indent(hint)),
];

const next = (report: Reconciliation): string[] => {
  const steps = nextSteps(report).map(({ cause, amount, text }) =>
    indent(`${cause} ${signedAmount(amount)}: ${text}`),
  );
  return steps.length === 0 ? [] : ['', bold('what to do next'), ...steps];
};

/** A reconciliation as text: figures, what differs and why, what to do next. */
export const showReconciliation = (projectId: string, report: Reconciliation): string => {
  const { month, currency, providerUpdatedAt, rows, missingEvents, notes } = report;
  const updated = providerUpdatedAt === undefined ? '' : `, provider's figures of ${providerUpdatedAt}`;
  return [
    `${bold(`${projectId} in ${month}`)}, ${currency}${updated}`,
    rows.length === 0 ? 'neither side has any usage' : figuresTable(report),
    ...differingRows(report).flatMap(why),
    ...next(report),
    ...(missingEvents > 0
      ? ['', `--record would record ${counted(missingEvents, 'event')} of the provider's history`]
      : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `note: ${note}`)] : []),
    '',
    isExplained(report) ? green(verdict(report)) : bold(verdict(report)),
  ].join('\n');
};
