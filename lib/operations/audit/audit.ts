import type { Fact } from '../../billing/facts.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import type { Actor } from '../../store/action-log.ts';
import type { Partition } from '../../store/keys.ts';
import { TableUnavailable } from '../../store/unavailable.ts';
import type { BillingContext } from '../billing-context.ts';
import { markBudgetsChanged } from '../budgets/mark-changed.ts';
import { logged } from '../log/logged.ts';
import { recordHeld } from '../outgoing/new-job-events.ts';
import { heldJobOf } from '../reads/held-jobs.ts';
import { allSegments, isWalked, walkTable } from '../walk-table.ts';
import { auditJob, healJob } from './audit-job.ts';
import type { AuditRun, Finding } from './audit-run.ts';
import { auditUsage, healUsage } from './audit-usage.ts';
import { NOTHING_UNBILLED, type OnUnbilled, withHeld, withUnrated } from './unbilled.ts';

/** Findings that are listed; all are counted. */
const FINDINGS_LISTED = 100;
/** Of all findings: with the jobs that are not billed, an audit has to fit into an item of 400 KB. */
const FINDINGS_BYTES = 150_000;
/** Retention of the progress of an audit. */
const RETENTION_MS = 90 * DAY_MS;
/** How long an interrupted audit can be resumed. */
const RESUMABLE_MS = 7 * DAY_MS;

export interface AuditOptions {
  /** Corrects what differs; facts, billed charges and statements are never changed. */
  readonly heal?: boolean;
  /** The person who heals by hand, for the log of actions. */
  readonly by?: Actor;
  /** No further partition is audited from then on; the rest can be resumed. */
  readonly deadline?: number;
  readonly onProgress?: (run: AuditRun) => void;
}

const auditPartition = async (
  context: BillingContext,
  partition: Partition,
  scanned?: readonly Fact[],
  onUnbilled?: OnUnbilled,
): Promise<Finding[]> => {
  try {
    return await (partition.kind === 'job'
      ? auditJob(context, partition.job, scanned)
      : auditUsage(context, partition.projectMonth, onUnbilled));
  } catch (error) {
    // The partition was not audited; the audit can be resumed there.
    if (error instanceof TableUnavailable) throw error;
    const where = partition.kind === 'job' ? partition.job : partition.projectMonth;
    return [{ kind: 'unreadable', cause: 'damaged', ...where, error: String(error) }];
  }
};

const healPartition = async (context: BillingContext, partition: Partition): Promise<void> => {
  if (partition.kind === 'job') await healJob(context, partition.job);
  else await healUsage(context, partition.projectMonth);
  await markBudgetsChanged(context, [partition.kind === 'job' ? partition.job : partition.projectMonth]);
};

/**
 * Audits a suspect partition again, because a settle may have been under way: only what still
 * differs counts. Heals it if wanted, and audits the result.
 */
const auditAgain = async (
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
  ...NOTHING_UNBILLED,
  differences: 0,
  healed: 0,
  findings: [],
});

/** The first findings, as many as are listed. */
const listed = (findings: readonly Finding[]): Finding[] => {
  let bytes = 0;
  return findings.slice(0, FINDINGS_LISTED).filter((finding) => {
    bytes += Buffer.byteLength(JSON.stringify(finding));
    return bytes <= FINDINGS_BYTES;
  });
};

const saveProgress = ({ store }: BillingContext, run: AuditRun): Promise<void> =>
  store.saveAudit(run, Math.ceil((run.startedAt + RETENTION_MS) / 1000));

const resume = async (
  context: BillingContext,
  started: AuditRun,
  { by, deadline = Infinity, onProgress = () => {} }: AuditOptions,
): Promise<AuditRun> => {
  if (by && started.heals)
    await context.store.logAction(logged(context, by, 'heal.begun', { target: `audit ${started.id}` }));
  let run = started;
  let suspects: Partition[] = [];
  const progress = (changes: Partial<AuditRun>) => {
    run = { ...run, ...changes };
    onProgress(run);
  };

  const onUnbilled: OnUnbilled = {
    held: async (charge, isAsStored) => {
      progress(withHeld(run, heldJobOf(charge)));
      if (isAsStored && run.heals) await recordHeld(context, charge);
    },
    unrated: (job) => progress(withUnrated(run, job)),
  };

  await walkTable(context.store, run.segments, {
    isOver: () => context.now() >= deadline,
    visit: async ({ partition, facts }) => {
      if ((await auditPartition(context, partition, facts, onUnbilled)).length > 0) suspects.push(partition);
      progress(partition.kind === 'job' ? { jobs: run.jobs + 1 } : { usageMonths: run.usageMonths + 1 });
    },
    onRound: async (segments) => {
      for (const partition of suspects) {
        const findings = await auditAgain(context, partition, run.heals);
        progress({
          differences: run.differences + findings.length,
          healed: run.healed + findings.filter(({ healed }) => healed).length,
          findings: listed([...run.findings, ...findings]),
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
 * Derives every charge again from the facts, compares it with the stored one, and checks that
 * unbilled charges have a changed-month mark. Without differences everything stored follows from
 * the facts, and everything owed will be billed.
 */
export const audit = async (context: BillingContext, options: AuditOptions = {}): Promise<AuditRun> => {
  const run = begin(context, options.heal ?? false);
  await saveProgress(context, run);
  return resume(context, run, options);
};

/** Resumes the latest audit if it was interrupted; otherwise nothing. */
export const resumeAudit = async (
  context: BillingContext,
  options: AuditOptions = {},
): Promise<AuditRun | undefined> => {
  const latest = (await context.store.readAudits<AuditRun>(context.now() - RESUMABLE_MS)).at(-1);
  return latest && latest.finishedAt === undefined ? resume(context, latest, options) : undefined;
};

/**
 * The healing audit of the day, in the billing zone; nothing if today's is finished. It begins
 * after midnight, so before the close of an ended month. Resumes an interrupted one, also of
 * earlier days.
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
