import assert from 'node:assert/strict';
import type { Position } from '../billing/statement.ts';
import type { ProjectMonth } from '../store/keys.ts';
import type { Head, Stamp, Store, StoredCharge } from '../store/store.ts';
import { mergeSorted } from './merge.ts';

/** A piece that committed statements have stamped. */
export interface StampedPiece {
  readonly jobId: string;
  readonly start: number;
  /** In the order in which their statements were committed; at least one. */
  readonly stamps: readonly Stamp[];
}

/** One piece of a project's usage month: its charge, and what the last statement that stamped it asked for it. */
export interface BilledPiece {
  readonly jobId: string;
  readonly start: number;
  readonly stored?: StoredCharge;
  readonly asked?: Position;
}

const isSamePiece = (a: Pick<StampedPiece, 'jobId' | 'start'>, b: Pick<StampedPiece, 'jobId' | 'start'>) =>
  a.jobId === b.jobId && a.start === b.start;

/**
 * The committed stamps of a project's usage month piece by piece, by job and start. Stamps of an attempt that never committed count for
 * nothing.
 */
export async function* stampedPieces(
  store: Store,
  { projectId, usageMonth }: ProjectMonth,
  head: Head,
): AsyncGenerator<StampedPiece> {
  const commitOrder = new Map(head.statements.map(({ statementId }, index) => [statementId, index]));
  const orderOf = ({ statementId }: Stamp) => commitOrder.get(statementId) ?? assert.fail('it is committed');
  const pieceOf = (first: Stamp, stamps: readonly Stamp[]): StampedPiece => ({
    jobId: first.jobId,
    start: first.start,
    stamps: stamps.toSorted((a, b) => orderOf(a) - orderOf(b)),
  });
  let stamps: [Stamp, ...Stamp[]] | undefined;
  for await (const stamp of store.stamps(projectId, usageMonth)) {
    if (!commitOrder.has(stamp.statementId)) continue;
    if (stamps && isSamePiece(stamps[0], stamp)) {
      stamps.push(stamp);
      continue;
    }
    if (stamps) yield pieceOf(stamps[0], stamps);
    stamps = [stamp];
  }
  if (stamps) yield pieceOf(stamps[0], stamps);
}

async function* chargedPieces(
  store: Store,
  { projectId, usageMonth }: ProjectMonth,
): AsyncGenerator<BilledPiece> {
  for await (const stored of store.storedCharges(projectId, usageMonth))
    yield { jobId: stored.charge.jobId, start: stored.charge.start, stored };
}

async function* askedPieces(
  store: Store,
  projectMonth: ProjectMonth,
  head: Head,
): AsyncGenerator<BilledPiece> {
  for await (const { jobId, start, stamps } of stampedPieces(store, projectMonth, head)) {
    const asked = stamps.at(-1)?.position;
    yield { jobId, start, ...(asked && { asked }) };
  }
}

/** Sorts like the keys of charges and stamps. */
const orderOf = ({ jobId, start }: BilledPiece) =>
  `${jobId}#${Number.isNaN(start) ? '' : new Date(start).toISOString()}`;

/** Charges and committed stamps side by side, by job and start; either may be alone. Memory grows with neither. */
export async function* billedPieces(
  store: Store,
  projectMonth: ProjectMonth,
  head: Head,
): AsyncGenerator<BilledPiece> {
  let charged: BilledPiece | undefined;
  for await (const piece of mergeSorted(
    [chargedPieces(store, projectMonth), askedPieces(store, projectMonth, head)],
    orderOf,
  )) {
    if (charged && !piece.stored && isSamePiece(charged, piece)) {
      yield { ...charged, ...piece };
      charged = undefined;
      continue;
    }
    if (charged) yield charged;
    charged = piece.stored ? piece : undefined;
    if (!piece.stored) yield piece;
  }
  if (charged) yield charged;
}
