import { HOUR_MS } from '../../billing/minutes.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { SnapshotHead } from '../../store/snapshots.ts';
import type { BillingContext } from '../billing-context.ts';
import { hasNewTariffs, renewAfterMs, statementsState } from './snapshot-rules.ts';
import { takeSnapshot } from './take-snapshot.ts';

export interface TakeOptions {
  /** What is not finished by then is handed over to the next run. */
  readonly deadline?: number;
  readonly onFailure?: (failure: ProjectMonth & { readonly error: unknown }) => void;
}

const isDue = async (
  context: BillingContext,
  of: ProjectMonth,
  { requestedAt, snapshot }: SnapshotHead,
): Promise<boolean> => {
  const now = context.now();
  if (now - requestedAt > HOUR_MS) return false;
  if (!snapshot || now - snapshot.takenAt >= renewAfterMs(snapshot)) return true;
  if (await hasNewTariffs(context, snapshot)) return true;
  return (await statementsState(context, of)) !== snapshot.statements;
};

/** Takes the snapshots that are due of months that were read within the last hour, those without one first. */
export const takeSnapshots = async (
  context: BillingContext,
  { deadline = Number.POSITIVE_INFINITY, onFailure = () => {} }: TakeOptions = {},
): Promise<{ readonly taken: number; readonly failed: number }> => {
  const heads = await Array.fromAsync(context.store.snapshotHeads());
  const oldestFirst = heads.sort((a, b) => (a.head.snapshot?.takenAt ?? 0) - (b.head.snapshot?.takenAt ?? 0));
  let taken = 0;
  let failed = 0;
  for (const { of, head } of oldestFirst) {
    if (context.now() >= deadline) break;
    try {
      if ((await isDue(context, of, head)) && (await takeSnapshot(context, of, deadline)) === 'taken')
        taken += 1;
    } catch (error) {
      failed += 1;
      onFailure({ ...of, error });
    }
  }
  return { taken, failed };
};
