import { fromMilli } from '../billing/money.ts';
import type { JobStatuses } from '../billing/statuses.ts';
import type { Statement } from '../shapes/statement.ts';
import type { BilledRow } from './billed-rows.ts';
import { csvLines } from './csv.ts';
import { tagsOf } from './tags.ts';

/** Why a charge ends, in words. */
const ENDS = {
  fact: 'stop of the job',
  'month end': 'month end',
  'price change': 'price change',
  'resources change': 'resources change',
  limit: 'limit of time without a stop',
} as const;

interface Row extends BilledRow {
  /** The latest status of its job. */
  readonly status?: string | undefined;
}

const COLUMNS: Readonly<Record<string, (row: Row, statement: Statement) => string | number | null>> = {
  project: (_, { projectId }) => projectId,
  month: (_, { month }) => month,
  usage_month: ({ usageMonth }) => usageMonth,
  kind: ({ usageMonth }, { month }) => (usageMonth < month ? 'correction' : 'usage'),
  job: ({ jobId }) => jobId,
  job_status: ({ status }) => status ?? null,
  labels: ({ labels }) => tagsOf(labels),
  start: ({ start }) => start,
  end: ({ end }) => end,
  ended_by: ({ endedBy }) => ENDS[endedBy],
  flavor: ({ flavor }) => flavor,
  minutes: ({ minutes }) => minutes,
  units: ({ milliUnits }) => fromMilli(milliUnits),
  unit: ({ unit }) => unit,
  unit_minutes: ({ milliUnitMinutes }) => fromMilli(milliUnitMinutes),
  price_per_hour: ({ pricePerHour }) => pricePerHour,
  exact_cost: ({ listCost }) => listCost,
  amount: ({ billed }) => billed,
  currency: (_, { currency }) => currency,
  tariff: ({ tariff }) => tariff ?? null,
  statement: (_, { statementId }) => statementId,
};

export const CHARGES_HEADER = csvLines([Object.keys(COLUMNS)]);

/** Billed charges of a statement in plain words, one a line. A reversed one is negative. */
export const chargesCsv = (
  statement: Statement,
  rows: readonly BilledRow[],
  statuses: JobStatuses,
): string => {
  const columns = Object.values(COLUMNS);
  return csvLines(
    rows.map((row) =>
      columns.map((column) => column({ ...row, status: statuses.get(row.jobId) }, statement)),
    ),
  );
};
