import assert from 'node:assert/strict';
import type { BilledCharge } from '../../billing/billed-charge.ts';
import type { Charge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import { hasBilled } from '../../billing/statement.ts';
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
  readonly stored?: Standing | undefined;
  readonly lastBilled?: BilledCharge | undefined;
  /** Its records on committed statements; absent on none. */
  readonly records?: BillingHistory['records'] | undefined;
}

/** The order of the sort keys of charges and billed charges. A start that is NaN sorts first. */
export const compareChargeIds = (a: ChargeId, b: ChargeId): number =>
  compareText(a.jobId, b.jobId) ||
  (a.start === b.start ? 0 : Number.isNaN(a.start) || a.start < b.start ? -1 : 1);

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

type Reader<T> = ReturnType<typeof createReader<T>>;

/** The records of the charge that is next, of each reader that is at it; none without any left. */
const takeNext = (readers: readonly Reader<BilledChargeRecord>[]): BilledChargeRecord[] => {
  const heads = readers.flatMap((reader) => reader.peek() ?? []);
  const [first] = heads;
  if (!first) return [];
  const next = heads.reduce((a, b) => (compareChargeIds(a, b) <= 0 ? a : b), first);
  const records: BilledChargeRecord[] = [];
  for (const reader of readers) {
    const head = reader.peek();
    if (!head || compareChargeIds(head, next) !== 0) continue;
    records.push(head);
    reader.skip();
  }
  return records;
};

/**
 * Pages of the billing histories of a project's usage month, by job and start: the records of its
 * committed statements, merged. Nothing is read of an attempt that never committed (protocol rule
 * 6).
 */
export async function* billingHistories(
  store: Pick<Store, 'billedChargePages'>,
  projectMonth: ProjectMonth,
  { statements }: StatementIndex,
  after?: ChargeRef,
): AsyncGenerator<readonly BillingHistory[]> {
  let readers = statements
    .filter((summary) => hasBilled(summary, projectMonth.usageMonth))
    .map(({ statementId }) => createReader(store.billedChargePages(projectMonth, statementId, after)));
  for (;;) {
    const filled = await Promise.all(readers.map((reader) => reader.fill()));
    readers = readers.filter((_, index) => filled[index]);
    if (readers.length === 0) return;
    const histories: BillingHistory[] = [];
    while (readers.every((reader) => reader.peek())) {
      const records = takeNext(readers);
      const [first] = records;
      assert(first, 'every reader has a record');
      histories.push({ jobId: first.jobId, start: first.start, records });
    }
    yield histories;
  }
}

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
      const records = order >= 0 ? history?.records : undefined;
      const id = order <= 0 ? stored : history;
      assert(id, 'there is one of the two');
      joined.push({
        jobId: id.jobId,
        start: id.start,
        stored: order <= 0 ? stored : undefined,
        lastBilled: records?.at(-1)?.billed,
        records,
      });
      if (order <= 0) charges.skip();
      if (order >= 0) histories.skip();
    }
    yield joined;
  }
}
