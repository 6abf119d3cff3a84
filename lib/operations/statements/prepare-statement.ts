import assert from 'node:assert/strict';
import { type BilledCharge, isSameBilling, toBilledCharge } from '../../billing/billed-charge.ts';
import type { Charge } from '../../billing/charges.ts';
import { INCLUDED, type Statement, type StatementSums } from '../../billing/statement.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { ChargeRef } from '../../store/charges.ts';
import type { DigestProgress, StatementCheckpoint } from '../../store/statement-checkpoints.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { monthsToBill } from '../close/changed-months.ts';
import { createCuttingReader } from '../close/cut-open-charges.ts';
import { isoTime } from '../public-shapes.ts';
import { type ChargeWithBilling, chargesWithBilling } from './billed-charges.ts';
import { createDamageCheck } from './damage-check.ts';
import { canonicalRecord, createDigest } from './digest.ts';
import type { ReadDigest } from './read-digest.ts';
import { createStatementFold } from './statement-totals.ts';

/** What a statement bills for a charge. Open charges keep their last billed content. */
const contentToBill = (charge: Charge, lastBilled: BilledCharge | undefined): BilledCharge | undefined =>
  charge.kind === 'final' ? toBilledCharge(charge) : charge.kind === 'open' ? lastBilled : undefined;

/** An attempt at a project's statement: under a fresh id, or resumed from a checkpoint. */
export type Attempt = Pick<
  StatementCheckpoint,
  'statementId' | 'projectId' | 'month' | 'usageMonths' | 'after' | 'recordsRead' | 'digest'
> &
  Partial<Pick<StatementCheckpoint, 'sums'>>;

/** An attempt at all that is marked by now. */
export const beginAttempt = async (
  context: BillingContext,
  statementId: string,
  projectId: string,
  month: string,
): Promise<Attempt> => {
  const usageMonths = await monthsToBill(context, projectId, month);
  return { statementId, projectId, month, usageMonths };
};

/** A statement before it is issued: under which id, when and approved by whom is still open. */
export type DueStatement = Omit<Statement, 'statementId' | 'issuedAt' | 'approvedBy'>;

export interface PrepareOptions {
  /** After it no further page is read: the attempt ends with a checkpoint. */
  readonly deadline?: number;
  /** Called after each page with its number of charges, also where billed ones are read again. */
  readonly onPage?: (charges: number) => void;
  /** For attempts that may be resumed: its library is not in the bundle of a preview. */
  readonly readDigest?: ReadDigest;
}

/** What becomes of the records of an attempt: they are written, or for a preview they are not. */
export interface RecordSink {
  /** Takes records of one usage month, in order. */
  add(records: readonly BilledChargeRecord[]): Promise<void>;
  /** Writes all that was added, so that it is read back and can be handed over. */
  flush(): Promise<void>;
}

export const NO_RECORDS: RecordSink = { add: async () => {}, flush: async () => {} };

/** The record of a charge whose content differs from what was billed last (protocol rule 6). */
export const recordOf = (
  statementId: string,
  usageMonth: string,
  { jobId, start, stored, lastBilled }: ChargeWithBilling<Charge>,
): BilledChargeRecord | undefined => {
  const due = stored && contentToBill(stored, lastBilled);
  if (isSameBilling(lastBilled, due)) return undefined;
  return { statementId, jobId, usageMonth, start, billed: due, replaces: lastBilled };
};

/** An attempt that has met its deadline. */
interface CheckpointedAttempt {
  readonly checkpoint: StatementCheckpoint;
}

/**
 * The checkpoint of an attempt at its deadline, with the usage months left. All its records up to
 * `last` are written.
 */
const stopAt = (
  context: BillingContext,
  statementIndex: StatementIndex,
  { statementId, projectId, month }: Attempt,
  usageMonths: readonly string[],
  { last, ...read }: { readonly last: ChargeWithBilling } & Pick<StatementCheckpoint, 'recordsRead'>,
  sums: StatementSums,
): CheckpointedAttempt => {
  const after: ChargeRef = { jobId: last.jobId, start: isoTime(last.start) };
  const checkpoint = {
    leftAt: context.now(),
    id: [statementId, usageMonths[0], after.jobId, after.start].join(' '),
    ...{ statementId, projectId, month, after, ...read, sums, usageMonths },
    indexVersion: statementIndex.version,
  };
  return { checkpoint };
};

/** The checkpoint of an attempt at its deadline that only lacks its digest. */
const stopDigest = (
  context: BillingContext,
  statementIndex: StatementIndex,
  { statementId, projectId, month }: Attempt,
  digest: DigestProgress,
  sums: StatementSums,
): CheckpointedAttempt => ({
  checkpoint: {
    leftAt: context.now(),
    id: [statementId, 'digest', digest.usageMonth, digest.after.jobId, digest.after.start].join(' '),
    ...{ statementId, projectId, month, sums, digest },
    indexVersion: statementIndex.version,
    usageMonths: [],
  },
});

/** The outcome of an attempt. `changed`: it has to begin again, under a fresh id. */
export type Prepared = { readonly due: DueStatement } | CheckpointedAttempt | 'changed';

/**
 * Adds up the statement of an attempt from every charge that differs from what was billed last: for
 * a preview and when it is issued. The same pass cuts and settles open charges. Its digest is over
 * the records without the id of the attempt. At the deadline it gives a checkpoint instead.
 */
export const prepareStatement = async (
  context: BillingContext,
  statementIndex: StatementIndex,
  attempt: Attempt,
  sink: RecordSink,
  {
    deadline = Infinity,
    onPage = () => {},
    readDigest = () => assert.fail('only a close resumes an attempt'),
  }: PrepareOptions = {},
): Promise<Prepared> => {
  const { store, currency } = context;
  const { statementId, projectId, month } = attempt;
  const reader = createCuttingReader(context, projectId, month);
  const cutting = { ...store, chargePages: reader.chargePages };
  const totals = createStatementFold(attempt.sums);
  const digest = attempt.sums ? undefined : createDigest();
  let { after, recordsRead } = attempt;
  let [usageMonth, ...later] = attempt.usageMonths;
  while (usageMonth !== undefined) {
    const projectMonth = { projectId, usageMonth };
    const damage = createDamageCheck(projectMonth, statementIndex, recordsRead);
    for await (const charges of chargesWithBilling(cutting, projectMonth, statementIndex, after)) {
      const records: BilledChargeRecord[] = [];
      for (const charge of charges) {
        damage.add(charge);
        const record = recordOf(statementId, usageMonth, charge);
        if (record) records.push(record);
        if (record) totals.add(record);
        else if (charge.lastBilled) totals.keep(charge.lastBilled);
      }
      digest?.add(records.map(canonicalRecord));
      await sink.add(records);
      onPage(charges.length);
      const last = charges.at(-1);
      if (reader.hasMovedBehind()) {
        await reader.cutRest({ usageMonth, last }, later, deadline);
        return 'changed';
      }
      if (last && context.now() >= deadline) {
        await sink.flush();
        const left = [usageMonth, ...(await reader.monthsAfter(usageMonth, later))];
        const read = { last, recordsRead: damage.recordsRead() };
        return stopAt(context, statementIndex, attempt, left, read, totals.sums());
      }
    }
    damage.end();
    [after, recordsRead] = [undefined, undefined];
    [usageMonth, ...later] = await reader.monthsAfter(usageMonth, later);
  }

  await sink.flush();
  const content = totals.result(month, currency);
  const hashed = digest
    ? { digest: digest.result() }
    : await readDigest(context, attempt, content.usageMonths, { deadline, onPage });
  if ('progress' in hashed)
    return stopDigest(context, statementIndex, attempt, hashed.progress, totals.sums());
  const { timeZone } = context.calendar;
  return { due: { projectId, month, currency, timeZone, included: INCLUDED, ...content, ...hashed } };
};
