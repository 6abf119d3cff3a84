import assert from 'node:assert/strict';
import type { Charge } from '../../billing/charges.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import { INCLUDED, isSameBilling, type Position, positionOf } from '../../billing/statement.ts';
import type {
  PieceRef,
  Stamp,
  Statement,
  StatementCheckpoint,
  StatementIndex,
  StatementSums,
} from '../../store/store.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { type BilledPiece, billedPieces, comparePieces } from './billed-charges.ts';
import { canonicalStamp, createDigest } from './digest.ts';
import { createStatementFold, hasContent } from './statement-totals.ts';

/** That a draft was taken is remembered for far longer than a write can be under way. */
const TAKEN_KEPT_MS = 90 * DAY_MS;

const names = ({ statements }: StatementIndex, month: string): boolean =>
  statements.some((statement) => statement.month === month);

/** What a statement asks for a charge: an open one keeps what it was asked before, until it is final. */
export const positionDue = (charge: Charge, asked: Position | undefined): Position | undefined =>
  charge.kind === 'final' ? positionOf(charge) : charge.kind === 'open' ? asked : undefined;

/** An attempt at a project's statement: begun under a fresh id, or taken over from an invocation that ended in order. */
type Attempt = Pick<StatementCheckpoint, 'statementId' | 'projectId' | 'month' | 'usageMonths' | 'after'> &
  Partial<Pick<StatementCheckpoint, 'sums'>>;

export interface BillOptions {
  /** From then on no further page is read: what is left is handed over. */
  readonly deadline?: number;
  /** Goes on with what was handed over since then; without it all is read afresh. */
  readonly resumeSince?: number;
  /** Told after each page. */
  readonly onPage?: () => void;
}

/** The digest over the stamps of an attempt that took more than one invocation. */
const readDigest = async (
  { store }: BillingContext,
  { statementId, projectId }: Attempt,
  usageMonths: readonly string[],
): Promise<string> => {
  const digest = createDigest();
  for (const usageMonth of usageMonths)
    for await (const page of store.stampPages({ projectId, usageMonth }))
      digest.add(page.filter((stamp) => stamp.statementId === statementId).map(canonicalStamp));
  return digest.result();
};

/** Refuses what no honest table has: a billed piece without its charge, or one piece twice. */
const assertSound = (piece: BilledPiece, before: BilledPiece | undefined): void => {
  // The head was read before the charges.
  assert(piece.stored, 'every committed stamp has its charge');
  assert(
    !before || comparePieces(before, piece) < 0,
    `a piece of ${piece.jobId} lies in the table twice: an audit that heals takes one away`,
  );
};

/** The stamp of a charge whose content differs from what was billed last (rule 6). */
const stampOf = (
  { statementId }: Attempt,
  usageMonth: string,
  { jobId, start, stored, asked }: BilledPiece,
): Stamp | undefined => {
  const due = stored && positionDue(stored, asked);
  if (isSameBilling(asked, due)) return undefined;
  return {
    ...{ statementId, jobId, usageMonth, start },
    ...(due && { position: due }),
    ...(asked && { replaces: asked }),
  };
};

/** Where an attempt stands when its time is up: all that it has stamped up to `last` is written. */
const checkpointOf = (
  context: BillingContext,
  head: StatementIndex,
  { statementId, projectId, month, usageMonths }: Attempt,
  usageMonth: string,
  last: BilledPiece,
  sums: StatementSums,
): StatementCheckpoint => {
  const after: PieceRef = { jobId: last.jobId, start: isoTime(last.start) };
  return {
    leftAt: context.now(),
    id: [statementId, usageMonth, after.jobId, after.start].join(' '),
    ...{ statementId, projectId, month, after, sums },
    headVersion: head.version,
    usageMonths: usageMonths.slice(usageMonths.indexOf(usageMonth)),
  };
};

/**
 * Stamps every charge that differs from what was billed last, and adds up the statement from the very same reads.
 * Nothing counts until the statement is committed. At the deadline it gives a checkpoint instead.
 */
const prepareStatement = async (
  context: BillingContext,
  head: StatementIndex,
  attempt: Attempt,
  { deadline = Infinity, onPage = () => {} }: BillOptions,
): Promise<{ readonly statement?: Statement; readonly checkpoint?: StatementCheckpoint }> => {
  const { store, currency } = context;
  const { statementId, projectId, month } = attempt;
  const totals = createStatementFold(attempt.sums);
  const digest = attempt.sums ? undefined : createDigest();
  let { after } = attempt;
  for (const usageMonth of attempt.usageMonths) {
    let before: BilledPiece | undefined;
    for await (const pieces of billedPieces(store, { projectId, usageMonth }, head, after)) {
      const stamps: Stamp[] = [];
      for (const piece of pieces) {
        assertSound(piece, before);
        before = piece;
        const stamp = stampOf(attempt, usageMonth, piece);
        if (stamp) stamps.push(stamp);
        if (stamp) totals.add(stamp);
        else if (piece.asked) totals.keep(piece.asked);
      }
      digest?.add(stamps.map(canonicalStamp));
      await store.putStamps(projectId, stamps);
      onPage();
      if (before && pieces.length > 0 && context.now() >= deadline)
        return { checkpoint: checkpointOf(context, head, attempt, usageMonth, before, totals.sums()) };
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
 * Issues a project's statement for `month`, exactly once (protocol rule 6): statement and head are committed together, conditional on
 * the head that was read; the loser starts again with a fresh id. A project with nothing to say gets no statement.
 *
 * At the deadline the attempt is handed over in order: every write of it is awaited, and only one can take it. After any other end
 * somebody starts again with a fresh id, since a stamp of the dead attempt may still be under way.
 */
export const billProject = async (
  context: BillingContext,
  projectId: string,
  month: string,
  usageMonths: readonly string[],
  options: BillOptions = {},
): Promise<'issued' | 'issued before' | 'nothing to say' | 'handed over'> => {
  const { store } = context;
  const { resumeSince = Infinity } = options;
  let draft = await store.takeCheckpoint(projectId, Math.ceil((context.now() + TAKEN_KEPT_MS) / 1000));
  for (;;) {
    const head = await store.readStatementIndex(projectId);
    if (names(head, month)) return 'issued before';
    const attempt: Attempt =
      draft && draft.leftAt >= resumeSince && draft.month === month && draft.headVersion === head.version
        ? draft
        : { statementId: context.newId(), projectId, month, usageMonths };
    draft = undefined;
    const { statement, checkpoint } = await prepareStatement(context, head, attempt, options);
    if (checkpoint) {
      await store.saveCheckpoint(checkpoint);
      return 'handed over';
    }
    if (!statement) return 'nothing to say';
    if (await store.commitStatement(statement, head)) return 'issued';
    if (
      (await store.readStatement(projectId, month)) &&
      !names(await store.readStatementIndex(projectId), month)
    )
      throw new Error(`the head of ${projectId} does not name its statement of ${month}: it is damaged`);
  }
};
