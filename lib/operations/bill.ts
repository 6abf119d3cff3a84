import assert from 'node:assert/strict';
import type { Charge } from '../billing/charges.ts';
import { asksTheSame, INCLUDED, type Position, positionOf } from '../billing/statement.ts';
import type { Head, Stamp, Statement } from '../store/store.ts';
import { billedPieces } from './billed-pieces.ts';
import type { Ledger } from './ledger.ts';
import { createStatementFold, saysSomething } from './statement-fold.ts';

const STAMPS_AT_ONCE = 100;

/** What a statement asks for a charge: an open one keeps what it was asked before, until it is final. */
export const positionDue = (charge: Charge, asked: Position | undefined): Position | undefined =>
  charge.kind === 'final' ? positionOf(charge) : charge.kind === 'open' ? asked : undefined;

/**
 * One attempt at a project's statement under a fresh id: stamps every position that differs from the last committed stamp and adds up
 * the statement from the very same reads. Nothing counts until the statement is committed.
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
  const fold = createStatementFold();
  let stamps: Stamp[] = [];

  for (const usageMonth of usageMonths) {
    for await (const { stored, asked } of billedPieces(store, { projectId, usageMonth }, head)) {
      // The head was read before the charges.
      assert(stored, 'every committed stamp has its charge');
      const { charge } = stored;
      const due = positionDue(charge, asked);
      if (asksTheSame(asked, due)) {
        if (asked) fold.keep(asked);
        continue;
      }
      const { jobId, start } = charge;
      const stamp: Stamp = {
        ...{ statementId, jobId, usageMonth, start },
        ...(due && { position: due }),
        ...(asked && { replaces: asked }),
      };
      fold.add(stamp);
      stamps.push(stamp);
      if (stamps.length === STAMPS_AT_ONCE) {
        await store.putStamps(projectId, stamps);
        stamps = [];
      }
    }
  }
  await store.putStamps(projectId, stamps);

  const content = fold.result(month, currency);
  if (!saysSomething(content)) return undefined;
  return {
    statementId,
    projectId,
    month,
    currency,
    timeZone: ledger.calendar.timeZone,
    issuedAt: ledger.now(),
    included: INCLUDED,
    ...content,
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
