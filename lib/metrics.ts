import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { type Charge, type FinalCharge, isUnrated, priceOpenCharge } from './billing/charges.ts';
import type { BillingContext, OnChargesWritten } from './operations/billing-context.ts';

/** Everything jobmeter counts. `docs/operations.md` says what each number is and which of them wake somebody. */
export const METRICS = [
  'RefusedSignatures',
  'ParkedJobs',
  'UnratedCharges',
  'HeldCharges',
  'MonthsClosed',
  'MonthsOverdue',
  'AuditsFinished',
  'AuditDifferences',
  'AuditUnhealed',
] as const;

type Counts = Readonly<Partial<Record<(typeof METRICS)[number], number>>>;

/** Tells CloudWatch some numbers, and the log what they are about. */
export type Count = (counts: Counts, about?: Readonly<Record<string, string>>) => void;

/** Counts of a stage, written as a line of the log that CloudWatch reads (embedded metric format): no call, nothing to wait for. */
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

/** An open charge is judged by its first minute, so that an alarm need not wait for its job to stop. */
const piecesOf = async (
  charge: Charge,
  { tariffs, calendar }: Pick<BillingContext, 'tariffs' | 'calendar'>,
): Promise<FinalCharge[]> => {
  if (charge.kind === 'void') return [];
  if (charge.kind === 'final') return [charge];
  return priceOpenCharge(charge, await tariffs(), calendar, charge.start + 1);
};

/** Counts each written charge that cannot be billed as it is: unrated or held. */
export const countAttention =
  (count: Count): OnChargesWritten =>
  async (charges, context) => {
    for (const charge of charges) {
      const pieces = await piecesOf(charge, context);
      const { jobId, projectId, usageMonth } = charge;
      count(
        {
          ...(pieces.some(isUnrated) && { UnratedCharges: 1 }),
          ...(pieces.some(({ held }) => held) && { HeldCharges: 1 }),
        },
        { jobId, projectId, usageMonth },
      );
    }
  };
