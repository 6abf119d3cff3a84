import { minorDigits } from '../../billing/money.ts';
import type { Calendar } from '../../billing/months.ts';
import { createTariffBook, type Tariff } from '../../billing/tariff.ts';
import { CAUSES, type Cause, type Reconciliation } from '../../shapes/reconciliation.ts';
import type { ProviderUsage } from '../../sources/ovh-usage.ts';
import { ONE } from '../../sources/provider-figure.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import { isoTime } from '../public-shapes.ts';
import { compareJob, type KnownJob } from './compare-job.ts';
import { explainRow } from './explain-row.ts';
import { type BillingRule, hypothesisSets } from './hypotheses.ts';
import type { Metering } from './meter.ts';
import { rowsOf } from './rows.ts';
import { createSolver, toSet } from './solve-row.ts';
import { addSums, isZero, type ReportedRow, type RowSums, reportRow, type Sum, sideOf } from './to-report.ts';

export interface ReconcileInput {
  readonly projectId: string;
  readonly month: string;
  readonly currency: string;
  readonly calendar: Calendar;
  /** The tariffs here. */
  readonly published: readonly Tariff[];
  /** Rules that the provider has used, to be tried. */
  readonly rules: readonly BillingRule[];
  readonly usage: ProviderUsage;
  /** Jobs that either side may have billed. */
  readonly jobs: readonly KnownJob[];
  /** Without the provider's list of jobs no difference is explained by single jobs. */
  readonly isListGiven: boolean;
  readonly notes: readonly string[];
  /** The end of what is compared, epoch milliseconds. */
  readonly until: number;
  readonly comparedAt: number;
}

export interface Reconciled {
  readonly report: Reconciliation;
  /** The events that `missingEvents` counts. */
  readonly missing: readonly ReportedEvent[];
}

const ZERO: Sum = { time: 0n, digits: 0n, decimals: 0 };

const sumOf = (rows: readonly ReportedRow[], pick: (sums: RowSums) => Sum, decimals: number): Sum =>
  rows.map(({ sums }) => pick(sums)).reduce(addSums, { ...ZERO, decimals });

const totalOf = (rows: readonly ReportedRow[], decimals: number): Reconciliation['total'] => {
  const side = (pick: (sums: RowSums) => Sum) => sideOf(sumOf(rows, pick, decimals));
  const shareOf = (cause: Cause) => {
    const of = rows.flatMap(({ sums }) => sums.causes).filter((share) => share.cause === cause);
    const sum = of.map((share) => share.sum).reduce(addSums, { ...ZERO, decimals });
    return of.length === 0 ? [] : [{ cause, ...sideOf(sum) }];
  };
  return {
    provider: side(({ provider }) => provider),
    here: side(({ here }) => here),
    difference: side(({ difference }) => difference),
    causes: CAUSES.flatMap(shareOf),
    unexplained: side(({ unexplained }) => unexplained),
  };
};

const missingOf = (rows: readonly ReportedRow[]): ReportedEvent[] => {
  const events = rows.flatMap(({ steps }) =>
    steps.flatMap(({ jobs }) => jobs.flatMap(({ missing }) => missing)),
  );
  return [...new Map(events.map((event) => [`${event.subject} ${event.id}`, event])).values()];
};

const isEmpty = ({ steps, sums: { provider, here, unexplained } }: ReportedRow): boolean =>
  steps.length === 0 && [provider, here, unexplained].every(isZero);

const listNotes = ({
  isListGiven,
  jobs,
  rows,
}: ReconcileInput & { readonly rows: readonly ReportedRow[] }) => {
  if (!isListGiven)
    return rows.every(({ sums: { difference } }) => isZero(difference))
      ? []
      : [
          "usage names no jobs: with the provider's list of jobs (--jobs, or from its API) differences are explained job by job",
        ];
  const unlisted = jobs.filter(({ listed }) => !listed).length;
  return unlisted === 0
    ? []
    : [
        `jobs of jobmeter that the provider's list does not have: ${unlisted}; either they were deleted at the provider since, or the list is not whole`,
      ];
};

const scopeNotes = ({ until, calendar, month }: ReconcileInput): string[] =>
  until < calendar.month(month).end
    ? [`compared up to ${isoTime(until)}, when the provider's figures were last updated`]
    : [];

/**
 * The provider's bill beside the charges here, explained: causes and what is unexplained add up to
 * the difference exactly, in every row and in total. A pure function.
 */
export const reconcile = (input: ReconcileInput): Reconciled => {
  const { projectId, month, currency, calendar, published, usage, until } = input;
  const base: Metering = { book: createTariffBook(published), months: calendar, rounding: 'interval' };
  const jobs = input.jobs.map((job) => compareJob(job, base, { month, until }));
  const rows = rowsOf(usage.rows, jobs);
  const alternatives = { month, calendar, published, rules: input.rules, period: usage.period };
  const sets = hypothesisSets(alternatives).map((level) =>
    level.map((hypotheses) => toSet(base, hypotheses)),
  );
  const solve = createSolver(rows, base, sets, input.isListGiven);
  const decimals = minorDigits(currency);
  const minorTolerance = ONE / (2n * 10n ** BigInt(decimals));
  const reported = rows
    .map((row) => reportRow(explainRow(row, base, solve(row), minorTolerance), { projectId, currency }))
    .filter((row) => !isEmpty(row));
  const missing = missingOf(reported);
  return {
    missing,
    report: {
      ...{ month, currency },
      ...(usage.updatedAt !== undefined && { providerUpdatedAt: isoTime(usage.updatedAt) }),
      comparedAt: isoTime(input.comparedAt),
      rows: reported.map(({ row }) => row),
      total: totalOf(reported, decimals),
      missingEvents: missing.length,
      notes: [
        ...scopeNotes(input),
        ...usage.notes,
        ...input.notes,
        ...listNotes({ ...input, rows: reported }),
      ],
    },
  };
};
