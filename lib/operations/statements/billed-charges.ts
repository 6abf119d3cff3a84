import assert from 'node:assert/strict';
import type { BilledCharge } from '../../billing/billed-charge.ts';
import type { Charge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { ChargeRef, StoredCharge } from '../../store/charges.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { Store } from '../../store/store.ts';

/** A charge within a project's usage month: its job, and its start in epoch milliseconds. */
export interface ChargeId {
  readonly jobId: string;
  readonly start: number;
}

/** The records of one charge on committed statements. */
export interface BillingHistory extends ChargeId {
  /** In the order in which their statements were committed; at least one. */
  readonly records: readonly BilledChargeRecord[];
}

/** A charge as it stands, and the content that the last committed statement billed for it. */
export interface ChargeWithBilling<Standing extends Charge = StoredCharge> extends ChargeId {
  readonly stored?: Standing;
  readonly lastBilled?: BilledCharge;
}

/** The order of the sort keys of charges and billed charges. A start that is NaN sorts first. */
export const compareChargeIds = (a: ChargeId, b: ChargeId): number =>
  compareText(a.jobId, b.jobId) ||
  (a.start === b.start ? 0 : Number.isNaN(a.start) || a.start < b.start ? -1 : 1);

/**
 * Pages of the billing histories of a project's usage month, by job and start.
 * Records of an attempt that never committed are left out (protocol rule 6).
 */
export async function* billingHistories(
  store: Pick<Store, 'billedChargePages'>,
  projectMonth: ProjectMonth,
  statementIndex: StatementIndex,
  after?: ChargeRef,
): AsyncGenerator<readonly BillingHistory[]> {
  // A statement bills no later month than its own, so one of an earlier month is forged.
  const commitOrder = new Map(
    statementIndex.statements.flatMap(({ statementId, month }, position) =>
      month < projectMonth.usageMonth ? [] : [[statementId, position] as const],
    ),
  );
  const orderOf = ({ statementId }: BilledChargeRecord) =>
    commitOrder.get(statementId) ?? assert.fail('its statement is committed');
  const historyOf = (first: BilledChargeRecord, records: readonly BilledChargeRecord[]): BillingHistory => ({
    jobId: first.jobId,
    start: first.start,
    records: records.toSorted((a, b) => orderOf(a) - orderOf(b)),
  });
  let records: [BilledChargeRecord, ...BilledChargeRecord[]] | undefined;
  for await (const page of store.billedChargePages(projectMonth, after)) {
    const histories: BillingHistory[] = [];
    for (const record of page) {
      if (!commitOrder.has(record.statementId)) continue;
      if (records && compareChargeIds(records[0], record) === 0) {
        records.push(record);
        continue;
      }
      if (records) histories.push(historyOf(records[0], records));
      records = [record];
    }
    yield histories;
  }
  if (records) yield [historyOf(records[0], records)];
}

/** Reads pages item by item; it is asynchronous between pages only. */
const createReader = <T>(pages: AsyncIterable<readonly T[]>) => {
  const iterator = pages[Symbol.asyncIterator]();
  let page: readonly T[] = [];
  let index = 0;
  return {
    /** Loads the next page if this one is used up; false at the end. */
    async fill(): Promise<boolean> {
      while (index === page.length) {
        const next = await iterator.next();
        if (next.done) return false;
        page = next.value;
        index = 0;
      }
      return true;
    },
    /** The next item of this page. */
    peek: () => page[index],
    skip: () => {
      index += 1;
    },
  };
};

/**
 * Pages of charges joined with their billing histories, by job and start, after `after` where
 * given. Either may be without the other. Memory does not grow with the month.
 */
export async function* chargesWithBilling(
  store: Pick<Store, 'chargePages' | 'billedChargePages'>,
  projectMonth: ProjectMonth,
  statementIndex: StatementIndex,
  after?: ChargeRef,
): AsyncGenerator<readonly ChargeWithBilling[]> {
  const charges = createReader(store.chargePages(projectMonth, after));
  const histories = createReader(billingHistories(store, projectMonth, statementIndex, after));
  for (;;) {
    const [anyCharge, anyHistory] = await Promise.all([charges.fill(), histories.fill()]);
    if (!anyCharge && !anyHistory) return;
    const joined: ChargeWithBilling[] = [];
    for (;;) {
      const stored = charges.peek();
      const history = histories.peek();
      if ((anyCharge && !stored) || (anyHistory && !history) || (!stored && !history)) break;
      const order = stored === undefined ? 1 : history === undefined ? -1 : compareChargeIds(stored, history);
      const lastBilled = history && order >= 0 ? history.records.at(-1)?.billed : undefined;
      const id = order <= 0 ? stored : history;
      assert(id, 'there is one of the two');
      joined.push({
        jobId: id.jobId,
        start: id.start,
        ...(stored && order <= 0 && { stored }),
        ...(lastBilled && { lastBilled }),
      });
      if (order <= 0) charges.skip();
      if (order >= 0) histories.skip();
    }
    yield joined;
  }
}
