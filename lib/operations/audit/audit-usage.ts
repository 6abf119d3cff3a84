import { isDeepStrictEqual } from 'node:util';
import { type DerivedCharge, deriveCharges } from '../../billing/charges.ts';
import type { Fact } from '../../billing/facts.ts';
import { addMonths } from '../../billing/months.ts';
import { chargeOf } from '../../store/charges.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import { keyOf, usageMonthsOf } from '../settle/settle.ts';
import { type ChargeWithBilling, chargesWithBilling } from '../statements/billed-charges.ts';
import { recordOf } from '../statements/prepare-statement.ts';
import { createStatementFold, hasContent } from '../statements/statement-totals.ts';
import { followsFromBilledCharges } from '../verify/replay.ts';
import { isAheadOfLog, overrule } from './audit-job.ts';
import type { Finding } from './audit-run.ts';
import { findingOf } from './finding.ts';
import { createUnbilledSearch, type OnUnbilled } from './unbilled.ts';

/** A charge as stored and billed, with the charge that follows from its facts. */
interface AuditedCharge extends ChargeWithBilling {
  readonly facts: readonly Fact[];
  /** The charge that follows from the facts, if any. */
  readonly expected: DerivedCharge | undefined;
  /**
   * No settle of its job corrects it: a charge in a month that settle does not read, or a committed
   * billed charge whose void charge is missing.
   */
  readonly isStray: boolean;
}

async function* auditedCharges(
  context: BillingContext,
  projectMonth: ProjectMonth,
): AsyncGenerator<AuditedCharge> {
  const { store, calendar } = context;
  const statementIndex = await store.readStatementIndex(projectMonth.projectId);
  const tariffs = await context.tariffs();
  const readJob = async (jobId: string) => {
    const facts = await store.readFacts({ projectId: projectMonth.projectId, jobId });
    return {
      jobId,
      facts,
      derived: deriveCharges(facts, tariffs, calendar),
      months: usageMonthsOf(facts, calendar),
    };
  };
  let job: Awaited<ReturnType<typeof readJob>> | undefined;
  for await (const page of chargesWithBilling(store, projectMonth, statementIndex))
    for (const charge of page) {
      if (job?.jobId !== charge.jobId) job = await readJob(charge.jobId);
      const key = keyOf({ ...projectMonth, start: charge.start });
      const expected = job.derived.find((charge) => keyOf(charge) === key);
      const isSearched = job.months.includes(projectMonth.usageMonth);
      const isVoid = charge.stored?.kind === 'void' && store.isInPlace(charge.stored);
      const isStray = !isVoid && (charge.stored ? !isSearched : !expected);
      yield { ...charge, facts: job.facts, expected, isStray };
    }
}

/** Whether the next close reads a mark of the usage month: those since the month before. */
const isAnnounced = async (
  context: BillingContext,
  { projectId, usageMonth }: ProjectMonth,
  lastClosed: string | undefined,
): Promise<boolean> => {
  const nextClosed = lastClosed === undefined ? context.since : addMonths(lastClosed, 1);
  for (const writing of writingMonths(context, addMonths(nextClosed, -1), context.now()))
    for await (const mark of context.store.changedMonthsOf(writing, projectId))
      if (mark.usageMonth === usageMonth) return true;
  return false;
};

const strayFinding = (
  { store }: BillingContext,
  projectMonth: ProjectMonth,
  { jobId, start, stored }: AuditedCharge,
): Finding => {
  const charge = { jobId, ...projectMonth, start };
  if (!stored)
    return findingOf({ kind: 'missing', cause: 'damaged', charge, expected: { kind: 'void', ...charge } });
  const key = store.isInPlace(stored) ? undefined : stored;
  return findingOf({ kind: 'added', cause: 'damaged', charge, found: chargeOf(stored), ...(key && { key }) });
};

/** Whether the month's own statement follows from its billed charges. It is never healed. */
const auditStatement = async (
  context: BillingContext,
  { projectId, usageMonth }: ProjectMonth,
): Promise<Finding[]> => {
  if (await followsFromBilledCharges(context, projectId, usageMonth)) return [];
  const error = `it does not follow from its billed charges: see jobmeter replay ${usageMonth}`;
  return [{ kind: 'statement', cause: 'damaged', projectId, usageMonth, error }];
};

/** The differences in a project's usage month that an audit of its jobs does not find. */
export const auditUsage = async (
  context: BillingContext,
  projectMonth: ProjectMonth,
  onUnbilled: OnUnbilled = { held: async () => {}, unrated: () => {} },
): Promise<Finding[]> => {
  const findings: Finding[] = [];
  const tariffs = await context.tariffs();
  // Read before the index, so that a concurrent close causes no false finding.
  const lastClosed = await context.store.readLastClosedMonth();
  const fold = createStatementFold();
  const unbilled = createUnbilledSearch(context, tariffs, projectMonth.usageMonth, onUnbilled);
  let isOpen = false;
  for await (const charge of auditedCharges(context, projectMonth)) {
    const { jobId, start, stored, lastBilled, expected, isStray } = charge;
    if (isStray) findings.push(strayFinding(context, projectMonth, charge));
    isOpen ||= expected?.kind === 'open';
    const isAsStored = stored?.kind === 'open' && isDeepStrictEqual(chargeOf(stored), expected);
    if (expected) await unbilled.add(expected, isAsStored);
    const record = recordOf('', projectMonth.usageMonth, { jobId, start, stored: expected, lastBilled });
    if (record) fold.add(record);
  }
  unbilled.end();
  const isPending = isOpen || hasContent(fold.result(projectMonth.usageMonth, context.currency));
  if (isPending && !(await isAnnounced(context, projectMonth, lastClosed)))
    findings.push({ kind: 'unannounced', cause: 'no mark', ...projectMonth });
  return [...findings, ...(await auditStatement(context, projectMonth))];
};

/** A charge whose billed charge is missing looks unbilled: a mark would bill it a second time. */
const refuseBrokenStatements = async (
  context: BillingContext,
  { projectId, usageMonth }: ProjectMonth,
): Promise<void> => {
  const { statements } = await context.store.readStatementIndex(projectId);
  for (const { month } of statements.filter((statement) => statement.month >= usageMonth))
    if (!(await followsFromBilledCharges(context, projectId, month)))
      throw new Error(
        `the statement of ${month} does not follow from its billed charges, so the month is not marked as changed: see jobmeter replay ${month}`,
      );
};

/** Voids stray charges, deletes items that cannot be charges, and marks the month as changed. */
export const healUsage = async (context: BillingContext, projectMonth: ProjectMonth): Promise<void> => {
  const { store } = context;
  await refuseBrokenStatements(context, projectMonth);
  await context.markChanged(projectMonth, 'fresh');
  const { seen } = await context.tariffs('fresh');
  for await (const { jobId, start, stored, facts, isStray } of auditedCharges(context, projectMonth)) {
    if (!isStray) continue;
    const versions = { factsSeen: facts.length, tariffsSeen: seen };
    if (stored && !store.isInPlace(stored)) await store.discardCharge(stored);
    else if (stored && isAheadOfLog(stored, facts.length, seen)) await overrule(context, stored);
    else await store.writeCharges([{ kind: 'void', jobId, ...projectMonth, start }], versions);
  }
};
