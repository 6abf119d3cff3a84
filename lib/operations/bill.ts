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

const ATTENTION_LISTED = 100;
const STAMPS_AT_ONCE = 100;

/** A charge and the last stamp of it that a committed statement made. */
interface BilledCharge {
  readonly charge: Charge;
  readonly asked?: Position;
}

const isBefore = (stamp: Stamp, charge: Charge) =>
  stamp.jobId === charge.jobId ? stamp.start < charge.start : stamp.jobId < charge.jobId;

/**
 * Walks charges and stamps side by side: both come by job and start. Another attempt may stamp a charge that is newer than our
 * read of the charges; such a stamp is passed over.
 */
async function* withLastStamp(
  store: Store,
  projectId: string,
  usageMonth: string,
  head: Head,
): AsyncIterable<BilledCharge> {
  const commitOrder = new Map(head.statements.map(({ statementId }, index) => [statementId, index]));
  const stamps = store.stamps(projectId, usageMonth)[Symbol.asyncIterator]();
  let next = await stamps.next();
  for await (const charge of store.charges(projectId, usageMonth)) {
    let last: Stamp | undefined;
    let lastOrder = -1;
    while (!next.done && isBefore(next.value, charge)) next = await stamps.next();
    while (!next.done && next.value.jobId === charge.jobId && next.value.start === charge.start) {
      const order = commitOrder.get(next.value.statementId) ?? -1;
      if (order > lastOrder) [last, lastOrder] = [next.value, order];
      next = await stamps.next();
    }
    yield { charge, ...(last?.position && { asked: last.position }) };
  }
}

const createAttention = () => {
  const charges: Attention['charges'][number][] = [];
  let count = 0;
  return {
    add({ jobId, usageMonth, start, minutes, flavor, held }: FinalCharge) {
      count += 1;
      if (charges.length < ATTENTION_LISTED)
        charges.push({
          jobId,
          usageMonth,
          start,
          minutes,
          ...(flavor !== undefined && { flavor }),
          ...(held && { heldFrom: held.from }),
        });
    },
    result: (): Attention => ({ count, charges }),
  };
};

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
  const unrated = createAttention();
  const held = createAttention();
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
      if (charge.kind === 'final' && isUnrated(charge)) unrated.add(charge);
      if (charge.kind === 'final' && charge.held) held.add(charge);
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
