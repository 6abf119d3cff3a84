import * as v from 'valibot';

// What `reconcile` finds: a month of the provider's bill beside the charges here. Minutes are unit
// minutes (minutes x units); money is an exact decimal string in the currency.

/** Why the provider's bill and the charges here differ. The list is closed. */
export const CAUSES = [
  'job never reported here',
  'job unknown to the provider',
  'events missing',
  'held',
  'unrated',
  'billing rule',
  'rounding of minutes',
  'month boundary or zone',
  'price',
] as const;
export type Cause = (typeof CAUSES)[number];

const Decimal = v.pipe(v.string(), v.regex(/^-?\d{1,30}(\.\d{1,15})?$/));
const Side = v.object({ unitMinutes: v.number(), amount: Decimal });

/** What one cause explains of a difference: provider minus jobmeter. */
export const CauseShare = v.object({
  cause: v.picklist(CAUSES),
  unitMinutes: v.number(),
  amount: Decimal,
  /** A sentence with the figures, e.g. the tariff that would explain it. */
  detail: v.optional(v.string()),
});

/** One job that a row's difference comes from. */
export const ReconciledJob = v.object({
  jobId: v.string(),
  cause: v.picklist(CAUSES),
  provider: v.optional(Side),
  here: v.optional(Side),
  unitMinutes: v.number(),
  amount: Decimal,
  detail: v.optional(v.string()),
  /** Ids of the events that would settle the difference. */
  missingEvents: v.array(v.string()),
});

/** A project, region and flavor of the bill. */
export const ReconciledRow = v.object({
  projectId: v.string(),
  /** Absent where charges here name none. */
  region: v.optional(v.string()),
  flavor: v.string(),
  /** Absent where the provider bills nothing. */
  provider: v.optional(Side),
  here: v.optional(Side),
  /** Provider minus jobmeter. */
  difference: Side,
  causes: v.array(CauseShare),
  /** What no cause explains; zero if all is explained. */
  unexplained: Side,
  /** What may be behind the rest, as sentences, e.g. a job with as many minutes. */
  hints: v.optional(v.array(v.string())),
  /** The most expensive first, at most 100; `jobCount` counts all. */
  jobs: v.array(ReconciledJob),
  jobCount: v.number(),
});

export const Reconciliation = v.object({
  month: v.string(),
  currency: v.string(),
  /** When the provider's figures were last updated, and when they were compared. ISO 8601. */
  providerUpdatedAt: v.optional(v.string()),
  comparedAt: v.string(),
  rows: v.array(ReconciledRow),
  total: v.object({
    provider: Side,
    here: Side,
    difference: Side,
    causes: v.array(CauseShare),
    unexplained: Side,
  }),
  /** Events that would settle differences: of all jobs. */
  missingEvents: v.number(),
  recorded: v.optional(v.number()),
  /** What could not be compared, as sentences. */
  notes: v.array(v.string()),
});
export type Reconciliation = v.InferOutput<typeof Reconciliation>;
export type ReconciledRow = v.InferOutput<typeof ReconciledRow>;
export type ReconciledJob = v.InferOutput<typeof ReconciledJob>;
