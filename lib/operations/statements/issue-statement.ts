import assert from 'node:assert/strict';
import { type BilledCharge, isSameBilling, toBilledCharge } from '../../billing/billed-charge.ts';
import type { Charge } from '../../billing/charges.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import { INCLUDED, type Statement, type StatementSums } from '../../billing/statement.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { ChargeRef } from '../../store/charges.ts';
import type { StatementCheckpoint } from '../../store/statement-checkpoints.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { statementIssued } from '../outgoing/statement-events.ts';
import { isoTime } from '../public-shapes.ts';
import { type ChargeWithBilling, chargesWithBilling, compareChargeIds } from './billed-charges.ts';
import { canonicalRecord, createDigest } from './digest.ts';
import { createStatementFold, hasContent } from './statement-totals.ts';

/** Retention of the record that a checkpoint was taken: far longer than a write can be delayed. */
const TAKEN_RETENTION_MS = 90 * DAY_MS;

const hasStatementFor = ({ statements }: StatementIndex, month: string): boolean =>
  statements.some((statement) => statement.month === month);

/** What a statement bills for a charge. Open charges keep their last billed content. */
export const contentToBill = (
  charge: Charge,
  lastBilled: BilledCharge | undefined,
): BilledCharge | undefined =>
  charge.kind === 'final' ? toBilledCharge(charge) : charge.kind === 'open' ? lastBilled : undefined;

/** An attempt at a project's statement: under a fresh id, or resumed from a checkpoint. */
type Attempt = Pick<StatementCheckpoint, 'statementId' | 'projectId' | 'month' | 'usageMonths' | 'after'> &
  Partial<Pick<StatementCheckpoint, 'sums'>>;

export interface BillOptions {
  /** After it no further page is read: the attempt is saved as a checkpoint. */
  readonly deadline?: number;
  /**
   * Checkpoints since then are resumed; without it, or for older ones, the attempt starts again.
   */
  readonly resumeSince?: number;
  /** Called after each page. */
  readonly onPage?: () => void;
}

/** The digest of an attempt of several invocations, over its stored billed charges. */
const readDigest = async (
  { store }: BillingContext,
  { statementId, projectId }: Attempt,
  usageMonths: readonly string[],
): Promise<string> => {
  const digest = createDigest();
  for (const usageMonth of usageMonths)
    for await (const page of store.billedChargePages({ projectId, usageMonth }))
      digest.add(page.filter((record) => record.statementId === statementId).map(canonicalRecord));
  return digest.result();
};

/** Fails on a damaged table: a billed charge without its charge, or a charge stored twice. */
const assertSound = (charge: ChargeWithBilling, before: ChargeWithBilling | undefined): void => {
  // The index was read before the charges.
  assert(charge.stored, 'every committed billed charge has its charge');
  assert(
    !before || compareChargeIds(before, charge) < 0,
    `a charge of ${charge.jobId} is in the table twice: an audit with --heal removes one`,
  );
};

/** The record of a charge whose content differs from what was billed last (protocol rule 6). */
export const recordOf = (
  statementId: string,
  usageMonth: string,
  { jobId, start, stored, lastBilled }: ChargeWithBilling<Charge>,
): BilledChargeRecord | undefined => {
  const due = stored && contentToBill(stored, lastBilled);
  if (isSameBilling(lastBilled, due)) return undefined;
  return {
    ...{ statementId, jobId, usageMonth, start },
    ...(due && { billed: due }),
    ...(lastBilled && { replaces: lastBilled }),
  };
};

/** The checkpoint of an attempt at its deadline. All its records up to `last` are written. */
const checkpointOf = (
  context: BillingContext,
  statementIndex: StatementIndex,
  { statementId, projectId, month, usageMonths }: Attempt,
  usageMonth: string,
  last: ChargeWithBilling,
  sums: StatementSums,
): StatementCheckpoint => {
  const after: ChargeRef = { jobId: last.jobId, start: isoTime(last.start) };
  return {
    leftAt: context.now(),
    id: [statementId, usageMonth, after.jobId, after.start].join(' '),
    ...{ statementId, projectId, month, after, sums },
    indexVersion: statementIndex.version,
    usageMonths: usageMonths.slice(usageMonths.indexOf(usageMonth)),
  };
};

/**
 * Records every charge that differs from what was billed last, and adds up the statement from the
 * same reads. Nothing is billed before the commit. At the deadline it gives a checkpoint instead.
 */
const prepareStatement = async (
  context: BillingContext,
  statementIndex: StatementIndex,
  attempt: Attempt,
  { deadline = Infinity, onPage = () => {} }: BillOptions,
): Promise<{ readonly statement?: Statement; readonly checkpoint?: StatementCheckpoint }> => {
  const { store, currency } = context;
  const { statementId, projectId, month } = attempt;
  const totals = createStatementFold(attempt.sums);
  const digest = attempt.sums ? undefined : createDigest();
  let { after } = attempt;
  for (const usageMonth of attempt.usageMonths) {
    let before: ChargeWithBilling | undefined;
    for await (const charges of chargesWithBilling(store, { projectId, usageMonth }, statementIndex, after)) {
      const records: BilledChargeRecord[] = [];
      for (const charge of charges) {
        assertSound(charge, before);
        before = charge;
        const record = recordOf(statementId, usageMonth, charge);
        if (record) records.push(record);
        if (record) totals.add(record);
        else if (charge.lastBilled) totals.keep(charge.lastBilled);
      }
      digest?.add(records.map(canonicalRecord));
      await store.writeBilledCharges(projectId, records);
      onPage();
      if (before && charges.length > 0 && context.now() >= deadline)
        return {
          checkpoint: checkpointOf(context, statementIndex, attempt, usageMonth, before, totals.sums()),
        };
    }
    after = undefined;
  }

  const content = totals.result(month, currency);
  if (!hasContent(content)) return {};
  return {
    statement: {
      ...{ statementId, projectId, month, currency, timeZone: context.calendar.timeZone },
      issuedAt: context.now(),
      included: INCLUDED,
      ...content,
      digest: digest ? digest.result() : await readDigest(context, attempt, content.usageMonths),
    },
  };
};

/**
 * Issues a project's statement for `month` exactly once. Statement and index are committed
 * together, conditional on the index that was read; the loser starts again with a fresh id
 * (protocol rule 6). At the deadline the attempt is saved as a checkpoint, after all its writes,
 * for one invocation to resume. Any other end means a fresh id: a write of the dead attempt may
 * still arrive.
 */
export const billProject = async (
  context: BillingContext,
  projectId: string,
  month: string,
  usageMonths: readonly string[],
  options: BillOptions = {},
): Promise<'issued' | 'issued before' | 'nothing to bill' | 'checkpointed'> => {
  const { store } = context;
  const { resumeSince = Infinity } = options;
  let checkpoint = await store.takeCheckpoint(
    projectId,
    Math.ceil((context.now() + TAKEN_RETENTION_MS) / 1000),
  );
  for (;;) {
    const statementIndex = await store.readStatementIndex(projectId);
    if (hasStatementFor(statementIndex, month)) return 'issued before';
    const attempt: Attempt =
      checkpoint &&
      checkpoint.leftAt >= resumeSince &&
      checkpoint.month === month &&
      checkpoint.indexVersion === statementIndex.version
        ? checkpoint
        : { statementId: context.newId(), projectId, month, usageMonths };
    checkpoint = undefined;
    const prepared = await prepareStatement(context, statementIndex, attempt, options);
    if (prepared.checkpoint) {
      await store.saveCheckpoint(prepared.checkpoint);
      return 'checkpointed';
    }
    if (!prepared.statement) return 'nothing to bill';
    const events = [statementIssued(prepared.statement, statementIndex)];
    if (await store.commitStatement(prepared.statement, statementIndex, { events })) return 'issued';
    if (
      (await store.readStatement(projectId, month)) &&
      !hasStatementFor(await store.readStatementIndex(projectId), month)
    )
      throw new Error(`the index of ${projectId} does not name its statement of ${month}: it is damaged`);
  }
};
