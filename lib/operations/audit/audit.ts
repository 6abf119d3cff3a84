import type { Fact } from '../../billing/facts.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import type { Partition } from '../../store/keys.ts';
import { TableUnavailable } from '../../store/unavailable.ts';
import type { BillingContext } from '../billing-context.ts';
import { allSegments, isWalked, walkTable } from '../walk-table.ts';
import { auditJob, healJob } from './audit-job.ts';
import type { AuditRun, Finding } from './audit-run.ts';
import { auditUsage, healUsage } from './audit-usage.ts';

/** Single findings that are kept and told; all are counted. */
const FINDINGS_KEPT = 100;
const KEPT_MS = 90 * DAY_MS;
/** What an audit has seen is worth going on from for so long. */
const RESUMABLE_MS = 7 * DAY_MS;

export interface AuditOptions {
  /** Puts right what differs; facts, billed charges and statements are never touched. */
  readonly heal?: boolean;
  /** No new partition is looked at from then on: what is left can be resumed. */
  readonly deadline?: number;
  readonly onProgress?: (run: AuditRun) => void;
}

const auditPartition = async (
  context: BillingContext,
  partition: Partition,
  scanned?: readonly Fact[],
): Promise<Finding[]> => {
  try {
    return await (partition.kind === 'job'
      ? auditJob(context, partition.jobId, scanned)
      : auditUsage(context, partition.projectMonth));
  } catch (error) {
    // The partition was not looked at; the audit can be resumed there.
    if (error instanceof TableUnavailable) throw error;
    const where = partition.kind === 'job' ? { jobId: partition.jobId } : partition.projectMonth;
    return [{ kind: 'unreadable', cause: 'damaged', ...where, error: String(error) }];
  }
};

const healPartition = (context: BillingContext, partition: Partition): Promise<void> =>
  partition.kind === 'job' ? healJob(context, partition.jobId) : healUsage(context, partition.projectMonth);

/**
 * Looks at a partition that did not look right once more, since a settle may have been under way: only what still differs is a
 * difference. Heals it if asked to, and looks whether that helped.
 */
const lookAgain = async (
  context: BillingContext,
  partition: Partition,
  heals: boolean,
): Promise<Finding[]> => {
  await context.tariffs('fresh');
  const findings = await auditPartition(context, partition);
  if (findings.length === 0 || !heals) return findings;
  const failure = await healPartition(context, partition).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  const healed = (await auditPartition(context, partition)).length === 0;
  return findings.map((finding) => ({
    ...finding,
    healed,
    ...(failure !== undefined && { error: failure }),
  }));
};

const begin = (context: BillingContext, heals: boolean): AuditRun => ({
  id: `${new Date(context.now()).toISOString()}#${context.newId()}`,
  startedAt: context.now(),
  heals,
  segments: allSegments(),
  jobs: 0,
  usageMonths: 0,
  differences: 0,
  healed: 0,
  findings: [],
});

const saveProgress = ({ store }: BillingContext, run: AuditRun): Promise<void> =>
  store.saveAudit(run, Math.ceil((run.startedAt + KEPT_MS) / 1000));

const resume = async (
  context: BillingContext,
  started: AuditRun,
  { deadline = Infinity, onProgress = () => {} }: AuditOptions,
): Promise<AuditRun> => {
  let run = started;
  let suspects: Partition[] = [];
  const progress = (changes: Partial<AuditRun>) => {
    run = { ...run, ...changes };
    onProgress(run);
  };

  await walkTable(context.store, run.segments, {
    isOver: () => context.now() >= deadline,
    visit: async ({ partition, facts }) => {
      if ((await auditPartition(context, partition, facts)).length > 0) suspects.push(partition);
      progress(partition.kind === 'job' ? { jobs: run.jobs + 1 } : { usageMonths: run.usageMonths + 1 });
    },
    onRound: async (segments) => {
      for (const partition of suspects) {
        const findings = await lookAgain(context, partition, run.heals);
        progress({
          differences: run.differences + findings.length,
          healed: run.healed + findings.filter(({ healed }) => healed).length,
          findings: [...run.findings, ...findings].slice(0, FINDINGS_KEPT),
        });
      }
      suspects = [];
      run = { ...run, segments, ...(isWalked(segments) && { finishedAt: context.now() }) };
      await saveProgress(context, run);
    },
  });
  return run;
};

/**
 * Derives every charge again from the facts and compares it with what is stored, and what is not billed yet with its due mark.
 *
 * Every job, and every usage month of a project, is looked at once. Without differences all that is stored follows from the facts, and
 * all that is owed will be asked for.
 */
export const audit = async (context: BillingContext, options: AuditOptions = {}): Promise<AuditRun> => {
  const run = begin(context, options.heal ?? false);
  await saveProgress(context, run);
  return resume(context, run, options);
};

/** Goes on with the audit that began last if it was cut off; nothing if it was not. */
export const resumeAudit = async (
  context: BillingContext,
  options: AuditOptions = {},
): Promise<AuditRun | undefined> => {
  const latest = (await context.store.readAudits<AuditRun>(context.now() - RESUMABLE_MS)).at(-1);
  return latest && latest.finishedAt === undefined ? resume(context, latest, options) : undefined;
};

/**
 * The audit of the day, in the billing zone, which heals. It begins after midnight, so the one after the end of a month comes before
 * its close. Continues the one that was cut off, be it of an earlier day; nothing if that of today is finished.
 */
export const auditToday = async (
  context: BillingContext,
  options: AuditOptions,
): Promise<AuditRun | undefined> => {
  const latest = (await context.store.readAudits<AuditRun>(context.now() - RESUMABLE_MS)).findLast(
    ({ heals }) => heals,
  );
  if (latest && latest.finishedAt === undefined) return resume(context, latest, options);
  const isOfToday = latest !== undefined && latest.startedAt >= context.calendar.dayOf(context.now()).start;
  return isOfToday ? undefined : audit(context, { ...options, heal: true });
};
