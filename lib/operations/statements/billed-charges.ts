import assert from 'node:assert/strict';
import { compareText } from '../../billing/compare-text.ts';
import type { Position } from '../../billing/statement.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { PieceRef, Stamp, StatementIndex, Store, StoredCharge } from '../../store/store.ts';

interface Piece {
  readonly jobId: string;
  readonly start: number;
}

/** A piece that committed statements have stamped. */
export interface StampedPiece extends Piece {
  /** In the order in which their statements were committed; at least one. */
  readonly stamps: readonly Stamp[];
}

/** One piece of a project's usage month: its charge, and what the last statement that stamped it asked for it. */
export interface BilledPiece extends Piece {
  readonly stored?: StoredCharge;
  readonly asked?: Position;
}

/** Sorts like the keys of charges and stamps; a start that is no time comes first, as it does there. */
export const comparePieces = (a: Piece, b: Piece): number =>
  compareText(a.jobId, b.jobId) ||
  (a.start === b.start ? 0 : Number.isNaN(a.start) || a.start < b.start ? -1 : 1);

/**
 * Pages of the committed stamps of a project's usage month piece by piece, by job and start. Stamps of an attempt that never committed
 * count for nothing.
 */
export async function* stampedPieces(
  store: Store,
  projectMonth: ProjectMonth,
  head: StatementIndex,
  after?: PieceRef,
): AsyncGenerator<readonly StampedPiece[]> {
  // A statement bills no later month than its own: what claims to be of an earlier one is forged.
  const commitOrder = new Map(
    head.statements.flatMap(({ statementId, month }, index) =>
      month < projectMonth.usageMonth ? [] : [[statementId, index] as const],
    ),
  );
  const orderOf = ({ statementId }: Stamp) => commitOrder.get(statementId) ?? assert.fail('it is committed');
  const pieceOf = (first: Stamp, stamps: readonly Stamp[]): StampedPiece => ({
    jobId: first.jobId,
    start: first.start,
    stamps: stamps.toSorted((a, b) => orderOf(a) - orderOf(b)),
  });
  let stamps: [Stamp, ...Stamp[]] | undefined;
  for await (const page of store.stampPages(projectMonth, after)) {
    const pieces: StampedPiece[] = [];
    for (const stamp of page) {
      if (!commitOrder.has(stamp.statementId)) continue;
      if (stamps && comparePieces(stamps[0], stamp) === 0) {
        stamps.push(stamp);
        continue;
      }
      if (stamps) pieces.push(pieceOf(stamps[0], stamps));
      stamps = [stamp];
    }
    yield pieces;
  }
  if (stamps) yield [pieceOf(stamps[0], stamps)];
}

/** Takes what comes in pages one by one, without waiting within a page. */
const createReader = <T>(pages: AsyncIterable<readonly T[]>) => {
  const iterator = pages[Symbol.asyncIterator]();
  let page: readonly T[] = [];
  let index = 0;
  return {
    /** Whether there is a next one. */
    async fill(): Promise<boolean> {
      while (index === page.length) {
        const next = await iterator.next();
        if (next.done) return false;
        page = next.value;
        index = 0;
      }
      return true;
    },
    /** The next one of this page. */
    peek: () => page[index],
    skip: () => {
      index += 1;
    },
  };
};

const askedOf = ({ stamps }: StampedPiece) => stamps.at(-1)?.position;

/**
 * Pages of charges and committed stamps side by side, by job and start, after a piece where given; either may be alone. Memory grows with
 * neither.
 */
export async function* billedPieces(
  store: Store,
  projectMonth: ProjectMonth,
  head: StatementIndex,
  after?: PieceRef,
): AsyncGenerator<readonly BilledPiece[]> {
  const charges = createReader(store.chargePages(projectMonth, after));
  const stamped = createReader(stampedPieces(store, projectMonth, head, after));
  for (;;) {
    const [anyCharge, anyStamped] = await Promise.all([charges.fill(), stamped.fill()]);
    if (!anyCharge && !anyStamped) return;
    const pieces: BilledPiece[] = [];
    for (;;) {
      const stored = charges.peek();
      const stamps = stamped.peek();
      if ((anyCharge && !stored) || (anyStamped && !stamps) || (!stored && !stamps)) break;
      const order = stored === undefined ? 1 : stamps === undefined ? -1 : comparePieces(stored, stamps);
      const asked = stamps && order >= 0 ? askedOf(stamps) : undefined;
      const piece = order <= 0 ? stored : stamps;
      assert(piece, 'there is one of the two');
      pieces.push({
        jobId: piece.jobId,
        start: piece.start,
        ...(stored && order <= 0 && { stored }),
        ...(asked && { asked }),
      });
      if (order <= 0) charges.skip();
      if (order >= 0) stamped.skip();
    }
    yield pieces;
  }
}
