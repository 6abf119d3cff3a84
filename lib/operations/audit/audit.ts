import type { Fact } from '../../billing/facts.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import type { Place } from '../../store/keys.ts';
import type { AuditRun, Finding } from '../../store/store.ts';
import type { Ledger } from '../billing-context.ts';
import { allSegments, isWalked, walkTable } from '../walk-table.ts';
import { auditJob, healJob } from './audit-job.ts';
import { auditUsage, healUsage } from './audit-usage.ts';

/** Single findings that are kept and told; all are counted. */
const FINDINGS_KEPT = 100;
const KEPT_MS = 90 * DAY_MS;
/** What an audit has seen is worth going on from for so long. */
const RESUMABLE_MS = 7 * DAY_MS;

export interface AuditOptions {
  /** Puts right what differs; facts, stamps and statements are never touched. */
  readonly heal?: boolean;
  /** No new place is looked at from then on: what is left can be resumed. */
  readonly deadline?: number;
  readonly onProgress?: (run: AuditRun) => void;
}

const auditPlace = async (ledger: Ledger, place: Place, scanned?: readonly Fact[]): Promise<Finding[]> => {
  try {
    return await (place.kind === 'job'
      ? auditJob(ledger, place.jobId, scanned)
      : auditUsage(ledger, place.projectMonth));
  } catch (error) {
    const where = place.kind === 'job' ? { jobId: place.jobId } : place.projectMonth;
    return [{ kind: 'unreadable', cause: 'damaged', ...where, error: String(error) }];
  }
};

const healPlace = (ledger: Ledger, place: Place): Promise<void> =>
  place.kind === 'job' ? healJob(ledger, place.jobId) : healUsage(ledger, place.projectMonth);

/**
 * Looks at a place that did not look right once more, since a settle may have been under way: only what still differs is a
 * difference. Heals it if asked to, and looks whether that helped.
 */
const lookAgain = async (ledger: Ledger, place: Place, heals: boolean): Promise<Finding[]> => {
  await ledger.tariffs('fresh');
  const findings = await auditPlace(ledger, place);
  if (findings.length === 0 || !heals) return findings;
  const failure = await healPlace(ledger, place).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  const healed = (await auditPlace(ledger, place)).length === 0;
  return findings.map((finding) => ({
    ...finding,
    healed,
    ...(failure !== undefined && { error: failure }),
  }));
};

const begin = (ledger: Ledger, heals: boolean): AuditRun => ({
  id: `${new Date(ledger.now()).toISOString()}#${ledger.newId()}`,
  startedAt: ledger.now(),
  heals,
  segments: allSegments(),
  jobs: 0,
  usageMonths: 0,
  differences: 0,
  healed: 0,
  findings: [],
});

const keep = ({ store }: Ledger, run: AuditRun): Promise<void> =>
  store.saveAudit(run, Math.ceil((run.startedAt + KEPT_MS) / 1000));

const goOn = async (
  ledger: Ledger,
  started: AuditRun,
  { deadline = Infinity, onProgress = () => {} }: AuditOptions,
): Promise<AuditRun> => {
  let run = started;
  let suspects: Place[] = [];
  const progress = (changes: Partial<AuditRun>) => {
    run = { ...run, ...changes };
    onProgress(run);
  };

  await walkTable(ledger.store, run.segments, {
    isOver: () => ledger.now() >= deadline,
    visit: async ({ place, facts }) => {
      if ((await auditPlace(ledger, place, facts)).length > 0) suspects.push(place);
      progress(place.kind === 'job' ? { jobs: run.jobs + 1 } : { usageMonths: run.usageMonths + 1 });
    },
    onRound: async (segments) => {
      for (const place of suspects) {
        const findings = await lookAgain(ledger, place, run.heals);
        progress({
          differences: run.differences + findings.length,
          healed: run.healed + findings.filter(({ healed }) => healed).length,
          findings: [...run.findings, ...findings].slice(0, FINDINGS_KEPT),
        });
      }
      suspects = [];
      run = { ...run, segments, ...(isWalked(segments) && { finishedAt: ledger.now() }) };
      await keep(ledger, run);
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
export const audit = async (ledger: Ledger, options: AuditOptions = {}): Promise<AuditRun> => {
  const run = begin(ledger, options.heal ?? false);
  await keep(ledger, run);
  return goOn(ledger, run, options);
};

/** Goes on with the audit that began last if it was cut off; nothing if it was not. */
export const resumeAudit = async (
  ledger: Ledger,
  options: AuditOptions = {},
): Promise<AuditRun | undefined> => {
  const latest = (await ledger.store.readAudits(ledger.now() - RESUMABLE_MS)).at(-1);
  return latest && latest.finishedAt === undefined ? goOn(ledger, latest, options) : undefined;
};

/**
 * The audit of the day, in the billing zone, which heals. It begins after midnight, so the one after the end of a month comes before
 * its close. Continues the one that was cut off, be it of an earlier day; nothing if that of today is finished.
 */
export const auditToday = async (ledger: Ledger, options: AuditOptions): Promise<AuditRun | undefined> => {
  const latest = (await ledger.store.readAudits(ledger.now() - RESUMABLE_MS)).findLast(({ heals }) => heals);
  if (latest && latest.finishedAt === undefined) return goOn(ledger, latest, options);
  const isOfToday = latest !== undefined && latest.startedAt >= ledger.calendar.dayOf(ledger.now()).start;
  return isOfToday ? undefined : audit(ledger, { ...options, heal: true });
};
