import type { Fact } from '../../billing/facts.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import { addMonths } from '../../billing/months.ts';
import { Refusal } from '../../refusal.ts';
import { type ProviderBill, readOvhBill } from '../../sources/ovh-bill.ts';
import { type ProviderUsage, readOvhUsage } from '../../sources/ovh-usage.ts';
import { addFigures, NO_FIGURE } from '../../sources/provider-figure.ts';
import type { Actor } from '../../store/action-log.ts';
import type { BillingContext } from '../billing-context.ts';
import { logged } from '../log/logged.ts';
import { isoTime } from '../public-shapes.ts';
import { liveCharges } from '../reads/live-charges.ts';
import { mapAhead } from '../reads/map-ahead.ts';
import { recordReported } from '../record-reported.ts';
import { settleJobs } from '../settle/settle-jobs.ts';
import type { KnownJob } from './compare-job.ts';
import type { BillingRule } from './hypotheses.ts';
import { type ProviderJob, readProviderJobs } from './provider-jobs.ts';
import { shortText, size } from './quantity.ts';
import { type Reconciled, reconcile } from './reconcile.ts';

/** Jobs whose logs are read at once. */
const AHEAD = 16;

/** Months of another zone begin and end at most so far from those here. */
const AROUND_MS = DAY_MS;

/** What the provider answers, parsed from JSON and not checked yet. */
export interface ProviderAnswers {
  readonly usage: unknown;
  /** Details of the bill. */
  readonly bill?: unknown;
  /** Lists of jobs. */
  readonly jobs?: readonly unknown[];
  /** When the jobs were listed; absent if it is not known. Epoch milliseconds. */
  readonly jobsListedAt?: number;
}

export interface ReconcileRequest extends ProviderAnswers {
  readonly projectId: string;
  /** The project as the provider calls it, if that is known. */
  readonly providerProject?: string | undefined;
  readonly month: string;
  readonly rules: readonly BillingRule[];
}

const readUsage = (json: unknown, { currency, calendar }: BillingContext, month: string): ProviderUsage => {
  const read = readOvhUsage(json, currency);
  if ('errors' in read)
    throw new Refusal('invalid', 'the usage is not as the provider describes it:', { errors: read.errors });
  const { start, end } = calendar.month(month);
  const { from = start, to = end } = read.usage.period ?? {};
  if (Math.min(to, end) - Math.max(from, start) <= AROUND_MS)
    throw new Refusal('invalid', `the usage is of ${isoTime(from)} to ${isoTime(to)}, not of ${month}`);
  return read.usage;
};

const readBill = (
  json: unknown,
  { currency }: BillingContext,
  { projectId, providerProject, month }: ReconcileRequest,
): ProviderBill => {
  const projects = [projectId, ...(providerProject === undefined ? [] : [providerProject])];
  const read = readOvhBill(json, { currency, projects, month });
  if ('errors' in read)
    throw new Refusal('invalid', 'the bill is not as the provider describes it:', { errors: read.errors });
  return read.bill;
};

/** Whether the lines of the bill add up to the usage. */
const compareBill = ({ lines, amount, notes }: ProviderBill, { rows }: ProviderUsage) => {
  const used = rows.map((row) => row.amount).reduce(addFigures, NO_FIGURE);
  const agrees = size(amount.value - used.value) <= amount.tolerance + used.tolerance;
  const [billed, inUsage] = [amount, used].map(({ value, decimals }) => shortText(value, decimals));
  const count =
    lines === 1 ? '1 line of AI training on the bill adds' : `${lines} lines of AI training on the bill add`;
  return {
    agrees,
    notes: [
      agrees ? `${count} up to the usage, ${inUsage}` : `${count} up to ${billed}, the usage to ${inUsage}`,
      ...notes,
    ],
  };
};

/** Jobs with charges here in the month or beside it. */
const jobsHere = async (context: BillingContext, projectId: string, month: string): Promise<Set<string>> => {
  const { start, end } = context.calendar.month(month);
  const found = new Set<string>();
  for await (const [first] of liveCharges(context, projectId, month, context.now()))
    if (first) found.add(first.jobId);
  for (const [neighbour, from, to] of [
    [addMonths(month, -1), start - AROUND_MS, start],
    [addMonths(month, 1), end, end + AROUND_MS],
  ] as const)
    for await (const charge of context.store.charges(projectId, neighbour))
      if (charge.kind === 'open' || (charge.kind === 'final' && charge.start < to && charge.end > from))
        found.add(charge.jobId);
  return found;
};

/** Whether a listed job may have used something in the month or beside it. */
const isAround = ({ facts }: ProviderJob, { start, end }: { start: number; end: number }): boolean => {
  const times = facts.flatMap((fact) => (fact.kind === 'transition' ? [fact.time] : []));
  return Math.min(...times) < end + AROUND_MS && Math.max(...times) > start - AROUND_MS;
};

const readJobs = async (
  context: BillingContext,
  { projectId, month }: ReconcileRequest,
  listed: ReadonlyMap<string, ProviderJob>,
): Promise<KnownJob[]> => {
  const ids = await jobsHere(context, projectId, month);
  const span = context.calendar.month(month);
  for (const job of listed.values()) if (isAround(job, span)) ids.add(job.jobId);
  const readOne = async (jobId: string): Promise<KnownJob> => {
    const facts: readonly Fact[] = await context.store.readFacts({ projectId, jobId });
    return { jobId, facts, listed: listed.get(jobId) };
  };
  return Array.fromAsync(mapAhead([...ids].sort(), AHEAD, readOne));
};

/** No job is on both sides, though each has some: the list may be that of another project. */
const isOtherList = (jobs: readonly KnownJob[]): boolean =>
  jobs.some(({ facts }) => facts.length > 0) &&
  jobs.some(({ listed }) => listed) &&
  !jobs.some(({ facts, listed }) => listed && facts.length > 0);

const OTHER_LIST =
  "no job of jobmeter is in the provider's list, and none of the list is in jobmeter: is it the list of another project?";

/** A comparison, and what is to be known of its inputs. */
export interface ReconciledMonth extends Reconciled {
  /** Whether the bill adds up to the usage, where its details are given. */
  readonly billAgrees: boolean;
  /** Whether the list of jobs may be that of another project. */
  readonly isOtherList: boolean;
}

/** Compares a project's month with the provider's figures. Nothing is written. */
export const reconcileMonth = async (
  context: BillingContext,
  request: ReconcileRequest,
): Promise<ReconciledMonth> => {
  const { projectId, month, rules } = request;
  const { calendar, currency, store } = context;
  const comparedAt = context.now();
  const usage = readUsage(request.usage, context, month);
  const bill = request.bill === undefined ? undefined : readBill(request.bill, context, request);
  const billed = bill && compareBill(bill, usage);
  const until = Math.min(usage.updatedAt ?? comparedAt, comparedAt);
  const { jobs: listed, notes } = readProviderJobs(request.jobs ?? [], {
    options: { project: { id: projectId }, timeZone: calendar.timeZone },
    until,
    listedAt: request.jobsListedAt,
  });
  const jobs = await readJobs(context, request, listed);
  const isOther = isOtherList(jobs);
  const reconciled = reconcile({
    ...{ projectId, month, currency, calendar, rules, usage, until, comparedAt },
    published: await store.readTariffs(),
    ...{ jobs, isListGiven: request.jobs !== undefined },
    notes: [...(isOther ? [OTHER_LIST] : []), ...notes, ...(billed?.notes ?? [])],
  });
  return { ...reconciled, billAgrees: billed?.agrees ?? true, isOtherList: isOther };
};

/**
 * Records events of the provider's history and settles their jobs; in the name of a person with an
 * entry in the log of actions.
 */
export const recordMissing = async (
  context: BillingContext,
  { missing, isOtherList: isOther }: Pick<ReconciledMonth, 'missing' | 'isOtherList'>,
  byHand?: { readonly by: Actor; readonly projectId: string; readonly month: string },
): Promise<number> => {
  if (isOther)
    throw new Refusal(
      'conflict',
      `nothing was recorded: ${OTHER_LIST} If not, \`jobmeter import\` records it`,
    );
  if (byHand && missing.length > 0) {
    const { by, projectId, month } = byHand;
    const detail = `${missing.length} of the provider's history, by reconcile`;
    await context.store.logAction(
      logged(context, by, 'events.recorded', { projectId, target: month, detail }),
    );
  }
  const { recorded, refused } = await recordReported(context.store, missing, context.now());
  const jobs = new Map(
    missing.map(({ subject: jobId, data: { projectId } }) => [jobId, { projectId, jobId }]),
  );
  const failures: string[] = [];
  const { parked, lost } = await settleJobs(context, [...jobs.values()], ({ job, error }) => {
    failures.push(`${job.jobId}: ${error instanceof Error ? error.message : error}`);
  });
  const [first] = refused;
  if (first)
    throw new Refusal('invalid', `event ${first.event.id} of job ${first.event.subject}: ${first.reason}`);
  const left = [...parked, ...lost];
  if (left.length > 0)
    throw new Refusal(
      'unavailable',
      `${recorded} events are recorded, ${left.length} jobs could not be settled (${failures.at(-1)}): \`jobmeter redrive\` settles them`,
    );
  return recorded;
};
