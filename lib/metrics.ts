import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { isUnrated, priceStart } from './billing/charges.ts';
import type { OnChargesWritten } from './operations/billing-context.ts';
import type { PolledProjectResult } from './operations/poll/poll-projects.ts';

/** All metrics. `docs/operations.md` describes each one and its alarm. */
export const METRICS = [
  'RefusedSignatures',
  'UntranslatedEvents',
  'ParkedJobs',
  'UnratedCharges',
  'HeldCharges',
  'HeldJobs',
  'MonthsClosed',
  'MonthsOverdue',
  'DraftsWaiting',
  'MonthsClosedUnasked',
  'PollAgeSeconds',
  'UntranslatedJobs',
  'ParkedDeliveries',
  'FailingDeliverySeconds',
  'FailingStopSeconds',
  'BudgetChecksLateSeconds',
  'SnapshotsFailed',
  'AuditsFinished',
  'AuditDifferences',
  'AuditUnhealed',
] as const;

type Counts = Readonly<Partial<Record<(typeof METRICS)[number], number>>>;

type Texts = Readonly<Record<string, string>>;

/**
 * Publishes counts to CloudWatch; `about` goes to the log line as metadata. The numbers of
 * `dimensions` are apart from those of the stage.
 */
export type Count = (counts: Counts, about?: Texts, dimensions?: Texts) => void;

/** Writes the counts of a stage as log lines in CloudWatch embedded metric format. */
export const createCount = (stage: string): Count => {
  let metrics: Metrics | undefined;
  const unitOf = (name: string) => (name.endsWith('Seconds') ? MetricUnit.Seconds : MetricUnit.Count);
  return (counts, about = {}, dimensions = {}) => {
    const numbers = Object.entries(counts);
    if (numbers.length === 0) return;
    metrics ??= new Metrics({
      namespace: 'jobmeter',
      serviceName: 'jobmeter',
      defaultDimensions: { stage },
    });
    metrics.addDimensions(dimensions);
    for (const [name, value] of numbers) metrics.addMetric(name, unitOf(name), value);
    for (const [name, value] of Object.entries(about)) metrics.addMetadata(name, value);
    metrics.publishStoredMetrics();
  };
};

/** Counts the age of each project's latest poll, the largest of them, and the jobs left out. */
export const countPolls = (count: Count, polled: readonly PolledProjectResult[]): void => {
  if (polled.length === 0) return;
  const ages = polled.map(({ ageMs }) => Math.round(ageMs / 1000));
  for (const [index, { provider, untranslated }] of polled.entries()) {
    count({ PollAgeSeconds: ages[index] ?? 0 }, {}, { project: provider });
    if (untranslated.length > 0) count({ UntranslatedJobs: untranslated.length }, { project: provider });
  }
  count({ PollAgeSeconds: Math.max(...ages) });
};

/** Counts each written charge that is not billed: unrated or held. */
export const countUnbilled =
  (count: Count): OnChargesWritten =>
  async (charges, context) => {
    for (const charge of charges) {
      const priced = priceStart(charge, await context.tariffs(), context.calendar);
      const { jobId, projectId, usageMonth } = charge;
      count(
        {
          ...(priced.some(isUnrated) && { UnratedCharges: 1 }),
          ...(priced.some(({ held }) => held) && { HeldCharges: 1 }),
        },
        { jobId, projectId, usageMonth },
      );
    }
  };
