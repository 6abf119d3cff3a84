import * as v from 'valibot';
import { currency, id, list, month, object, timeZone, words } from './members.ts';

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

const DECIMAL_RULE = 'must be a decimal string with at most 15 digits after the point';

/** Exact, so it may have more digits than the currency. */
const amount = (what: string) =>
  v.pipe(
    v.string(DECIMAL_RULE),
    v.regex(/^-?\d{1,30}(\.\d{1,15})?$/, DECIMAL_RULE),
    v.description(`${what}. Exact decimal string, in \`currency\`.`),
  );
const unitMinutes = (what: string) =>
  v.pipe(v.number('must be a number'), v.description(`${what}, in minutes x units.`));
const count = (what: string) => v.pipe(v.number('must be a number'), v.description(what));
const cause = (what: string) =>
  v.pipe(v.picklist(CAUSES, `must be one of ${CAUSES.join(', ')}`), v.description(what));

/** A time as the provider states it: with an offset, with or without milliseconds. */
const statedTime = (what: string) => v.pipe(v.string('must be a time'), v.description(`${what}. ISO 8601.`));

export const ReconciledSide = object('Time and money.', {
  unitMinutes: unitMinutes('Billed time'),
  amount: amount('What it costs'),
});

export type ReconciledSide = v.InferOutput<typeof ReconciledSide>;

const difference = (what: string) => ({
  unitMinutes: unitMinutes(`${what}: time of the provider minus that of jobmeter`),
  amount: amount(`${what}: money of the provider minus that of jobmeter`),
});

/** What one cause explains of a difference: provider minus jobmeter. */
export const CauseShare = object('What one cause explains of a difference.', {
  cause: cause('Why the two differ.'),
  ...difference('What it explains'),
  detail: v.optional(words('A sentence with the figures, like the tariff that would explain it.')),
});

const side = (what: string) => v.pipe(ReconciledSide, v.description(what));

/** One job that a row's difference comes from. */
export const ReconciledJob = object('A job that the difference of a row comes from.', {
  jobId: id('The job.'),
  cause: cause('Why the two differ on it.'),
  provider: v.optional(side('Of the provider. Absent where it names no jobs, or not this one.')),
  here: v.optional(side('Of jobmeter. Absent where it knows no charge of the job.')),
  ...difference('The difference of the job'),
  detail: v.optional(words('A sentence with the figures.')),
  missingEvents: list(words('Like `DONE@2026-10-01T08:00:00Z`.'), 'Ids of the events that would settle it.'),
});

const compared = {
  difference: side('Provider minus jobmeter.'),
  causes: list(CauseShare, 'What explains the difference.'),
  unexplained: side('What no cause explains; zero if all is explained.'),
};

/** A project, region and flavor of the bill. */
export const ReconciledRow = object('A region and flavor of the bill of a project.', {
  projectId: id('The project.'),
  region: v.optional(words('The region of the provider. Absent where the charges of jobmeter name none.')),
  flavor: words('The flavor.'),
  provider: v.optional(side('What the provider bills. Absent where it bills nothing.')),
  here: v.optional(side('What jobmeter charges. Absent where it charges nothing.')),
  ...compared,
  hints: v.optional(
    list(
      words('Like a job with as many minutes.'),
      'What may be behind the rest. Absent where nothing is known.',
    ),
  ),
  jobs: list(ReconciledJob, 'The most expensive first, at most 100.'),
  jobCount: count('How many jobs there are, listed or not.'),
});

export const Reconciliation = object("A month of the provider's bill beside the charges of jobmeter.", {
  month: month('The month'),
  currency: currency(),
  providerUpdatedAt: v.optional(statedTime("When the provider's figures were last updated")),
  comparedAt: statedTime('When they were compared'),
  rows: list(ReconciledRow, 'By region and flavor.'),
  total: object('All rows together.', {
    provider: side('What the provider bills.'),
    here: side('What jobmeter charges.'),
    ...compared,
  }),
  missingEvents: count('Events that would settle differences, of all jobs.'),
  recorded: v.optional(count('How many of them were recorded. Absent where it was not asked for.')),
  notes: list(words('A sentence.'), 'What could not be compared.'),
});
export type Reconciliation = v.InferOutput<typeof Reconciliation>;
export type ReconciledRow = v.InferOutput<typeof ReconciledRow>;
export type ReconciledJob = v.InferOutput<typeof ReconciledJob>;

export const ProjectReconciliation = object("The last comparison of a project's month.", {
  projectId: id('The project.'),
  timeZone: timeZone(),
  ...Reconciliation.entries,
});
export type ProjectReconciliation = v.InferOutput<typeof ProjectReconciliation>;
