import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { type Charge, type FinalCharge, isUnrated, priceOpenCharge } from './billing/charges.ts';
import type { BillingContext, OnChargesWritten } from './operations/billing-context.ts';

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
  'AuditsFinished',
  'AuditDifferences',
  'AuditUnhealed',
] as const;

type Counts = Readonly<Partial<Record<(typeof METRICS)[number], number>>>;

/** Publishes counts to CloudWatch; `about` goes to the log line as metadata. */
export type Count = (counts: Counts, about?: Readonly<Record<string, string>>) => void;

/** Writes the counts of a stage as log lines in CloudWatch embedded metric format. */
export const createCount = (stage: string): Count => {
  const metrics = new Metrics({
    namespace: 'jobmeter',
    serviceName: 'jobmeter',
    defaultDimensions: { stage },
  });
  return (counts, about = {}) => {
    const numbers = Object.entries(counts);
    if (numbers.length === 0) return;
    for (const [name, value] of numbers) metrics.addMetric(name, MetricUnit.Count, value);
    for (const [name, value] of Object.entries(about)) metrics.addMetadata(name, value);
    metrics.publishStoredMetrics();
  };
};

/** An open charge is priced for its first minute, so alarms do not wait for the job to stop. */
const pricedChargesOf = async (
  charge: Charge,
  { tariffs, calendar }: Pick<BillingContext, 'tariffs' | 'calendar'>,
): Promise<FinalCharge[]> => {
  if (charge.kind === 'void') return [];
  if (charge.kind === 'final') return [charge];
  return priceOpenCharge(charge, await tariffs(), calendar, charge.start + 1);
};

/** Counts each written charge that is not billed: unrated or held. */
export const countUnbilled =
  (count: Count): OnChargesWritten =>
  async (charges, context) => {
    for (const charge of charges) {
      const priced = await pricedChargesOf(charge, context);
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
