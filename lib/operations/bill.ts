import assert from 'node:assert/strict';
import { type Charge, type FinalCharge, isUnrated } from '../billing/charges.ts';
import {
  asksTheSame,
  createLineFold,
  INCLUDED,
  type Position,
  positionOf,
  totalOf,
} from '../billing/statement.ts';
import type { Attention, Head, Stamp, Statement, Store } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import { createShortList } from './short-list.ts';

const STAMPS_AT_ONCE = 100;

/** A charge and the last stamp of it that a committed statement made. */
interface BilledCharge {
  readonly charge: Charge;
  readonly asked?: Position;
}

/** Stamps of committed statements; those of an attempt that never committed count for nothing. */
async function* committedStamps(store: Store, projectId: string, usageMonth: string, head: Head) {
  const commitOrder = new Map(head.statements.map(({ statementId }, index) => [statementId, index]));
  for await (const stamp of store.stamps(projectId, usageMonth)) {
    const order = commitOrder.get(stamp.statementId);
    if (order !== undefined) yield { stamp, order };
  }
}

/**
 * Walks charges and committed stamps side by side: both come by job and start. The head was read before the charges, so a committed
 * stamp never stands without its charge.
 */
async function* withLastStamp(
  store: Store,
  projectId: string,
  usageMonth: string,
  head: Head,
): AsyncIterable<BilledCharge> {
  const stamps = committedStamps(store, projectId, usageMonth, head);
  let next = await stamps.next();
  for await (const charge of store.charges(projectId, usageMonth)) {
    let last: { readonly stamp: Stamp; readonly order: number } | undefined;
    for (; !next.done; next = await stamps.next()) {
      const { stamp, order } = next.value;
      if (stamp.jobId !== charge.jobId || stamp.start !== charge.start) break;
      if (!last || last.order < order) last = next.value;
    }
    yield { charge, ...(last?.stamp.position && { asked: last.stamp.position }) };
  }
  assert(next.done, 'every committed stamp has its charge');
}

const attentionOf = ({ jobId, usageMonth, start, minutes, flavor, held }: FinalCharge) => ({
  jobId,
  usageMonth,
  start,
  minutes,
  ...(flavor !== undefined && { flavor }),
  ...(held && { heldFrom: held.from }),
});

/** What a statement asks for a charge: an open one keeps what it was asked before, until it is final. */
const positionDue = ({ charge, asked }: BilledCharge): Position | undefined =>
  charge.kind === 'final' ? positionOf(charge) : charge.kind === 'open' ? asked : undefined;

/**
 * One attempt at a project's statement under a fresh id: stamps every position that differs from the last committed stamp and adds up
 * the lines from the very same reads. Nothing counts until the statement is committed.
 */
const draftStatement = async (
  ledger: Ledger,
  head: Head,
  projectId: string,
  month: string,
  usageMonths: readonly string[],
): Promise<Statement | undefined> => {
  const { store, currency } = ledger;
  const statementId = ledger.newId();
  const fold = createLineFold();
  const unrated = createShortList<Attention['charges'][number]>();
  const held = createShortList<Attention['charges'][number]>();
  let stamps: Stamp[] = [];

  for (const usageMonth of usageMonths) {
    for await (const billed of withLastStamp(store, projectId, usageMonth, head)) {
      const { charge, asked } = billed;
      const due = positionDue(billed);
      if (asked) fold.before(asked);
      if (due) fold.after(due);
      if (asksTheSame(asked, due)) continue;
      stamps.push({
        statementId,
        jobId: charge.jobId,
        usageMonth,
        start: charge.start,
        ...(due && { position: due }),
        ...(asked && { replaces: asked }),
      });
      if (charge.kind === 'final' && isUnrated(charge)) unrated.add(() => attentionOf(charge));
      if (charge.kind === 'final' && charge.held) held.add(() => attentionOf(charge));
      if (stamps.length === STAMPS_AT_ONCE) {
        await store.putStamps(projectId, stamps);
        stamps = [];
      }
    }
  }
  await store.putStamps(projectId, stamps);

  const lines = fold.lines(month, currency);
  const attention = { unrated: unrated.result(), held: held.result() };
  if (lines.length === 0 && attention.unrated.count === 0 && attention.held.count === 0) return undefined;
  return {
    statementId,
    projectId,
    month,
    currency,
    timeZone: ledger.calendar.timeZone,
    issuedAt: ledger.now(),
    lines,
    included: INCLUDED,
    total: totalOf(lines, currency),
    ...attention,
    usageMonths,
  };
};

/**
 * Issues a project's statement for `month`, exactly once (protocol rule 6): statement and head are committed together, conditional on
 * the head that was read; the loser starts again with a fresh id. A project with nothing to say gets no statement.
 */
export const billProject = async (
  ledger: Ledger,
  projectId: string,
  month: string,
  usageMonths: readonly string[],
): Promise<'issued' | 'issued before' | 'nothing to say'> => {
  for (;;) {
    const head = await ledger.store.readHead(projectId);
    if (head.statements.some((statement) => statement.month === month)) return 'issued before';
    const statement = await draftStatement(ledger, head, projectId, month, usageMonths);
    if (!statement) return 'nothing to say';
    if (await ledger.store.commitStatement(statement, head)) return 'issued';
  }
};
