import type { Charge } from '../../billing/charges.ts';
import { MINUTE_MS } from '../../billing/minutes.ts';
import { Refusal } from '../../refusal.ts';
import type { SnapshotView } from '../../shapes/snapshot.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { Snapshot, SnapshotHead } from '../../store/snapshots.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { groupByJob, type LiveCharge, storedCharges, toLiveCharges } from '../reads/live-charges.ts';
import {
  EXACT_CHARGES,
  expiresAt,
  hasNewTariffs,
  MAX_AGE_MS,
  renewAfterMs,
  statementsState,
} from './snapshot-rules.ts';

/** Time to read the charges of a large month that has no snapshot. */
const EXACT_MS = 5_000;

/** The charges of a month that a read answers from. */
export interface MonthCharges {
  /** Epoch milliseconds: running jobs count up to then. */
  readonly asOf: number;
  /** Absent where all charges are read as they are now. */
  readonly snapshot?: Snapshot;
  /** Tariffs were added since that was added up. */
  readonly isRepriced?: boolean;
  /** By job, after one where it is given; running ones up to another time if it is earlier. */
  readonly charges: (until?: number, afterJobId?: string) => AsyncIterable<readonly LiveCharge[]>;
}

export const beingComputed = ({ projectId, usageMonth }: ProjectMonth): Refusal =>
  new Refusal(
    'unavailable',
    `the charges of ${projectId} in ${usageMonth} are many and are being added up; try again in some seconds`,
    { members: { beingComputed: true } },
  );

const CHANGED = 'is of a list that has changed since: read it again from its first page';
const listChanged = (): Refusal =>
  new Refusal('invalid', `the parameter cursor ${CHANGED}`, {
    errors: [{ pointer: 'cursor', detail: CHANGED }],
  });

/** Notes that a large month is read, at most once a minute. Of two at once one is enough. */
const noteRequest = async (
  { store }: BillingContext,
  of: ProjectMonth,
  head: SnapshotHead | undefined,
  now: number,
): Promise<void> => {
  if (head && now - head.requestedAt < MINUTE_MS) return;
  await store.saveSnapshotHead(of, head, { ...head, requestedAt: now }, expiresAt(now));
};

/** All charges as of now, as long as there are few or there is time. */
async function* chargesInTime(
  context: BillingContext,
  of: ProjectMonth,
  head: SnapshotHead | undefined,
  now: number,
  afterJobId: string | undefined,
  refusal: (of: ProjectMonth) => Refusal,
): AsyncIterable<readonly Charge[]> {
  const deadline = context.now() + EXACT_MS;
  let count = 0;
  let isNoted = false;
  for await (const ofJob of storedCharges(context, of.projectId, of.usageMonth, now, afterJobId)) {
    count += ofJob.length;
    if (count > EXACT_CHARGES) {
      if (!isNoted) await noteRequest(context, of, head, now);
      isNoted = true;
      if (context.now() >= deadline) throw refusal(of);
    }
    yield ofJob;
  }
}

/** The last snapshot, unless it is too old or the statements have changed since. */
const usableSnapshot = async (
  context: BillingContext,
  of: ProjectMonth,
  head: SnapshotHead | undefined,
  now: number,
): Promise<Snapshot | undefined> => {
  const { snapshot } = head ?? {};
  if (!snapshot || now - snapshot.takenAt > MAX_AGE_MS) return undefined;
  return (await statementsState(context, of)) === snapshot.statements ? snapshot : undefined;
};

/** Stored charges of a snapshot by job. */
export const snapshotJobs = (
  { store }: Pick<BillingContext, 'store'>,
  of: ProjectMonth,
  id: string,
  afterJobId = '',
): AsyncIterable<readonly Charge[]> =>
  groupByJob(
    (async function* () {
      for await (const page of store.snapshotCharges(of, id))
        yield* page.filter(({ jobId }) => jobId > afterJobId);
    })(),
  );

/**
 * The charges of a month for a read: all as they are now where they are few; those of the last snapshot
 * of a large month. A read without either in its time is refused as being computed, and a snapshot is
 * taken soon. A further page of a list needs one that was not taken before its first page.
 */
export const readCharges = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  firstPageAt = 0,
): Promise<MonthCharges> => {
  const of = { projectId, usageMonth: month };
  const head = await context.store.readSnapshotHead(of);
  const snapshot = await usableSnapshot(context, of, head, now);
  if (!snapshot || snapshot.takenAt < firstPageAt) {
    const refusal = snapshot ? listChanged : beingComputed;
    return {
      asOf: now,
      charges: (until = now, afterJobId) => {
        const stored = chargesInTime(context, of, head, now, afterJobId, refusal);
        return toLiveCharges(context, month, Math.min(until, now), stored);
      },
    };
  }
  await noteRequest(context, of, head, now);
  const { takenAt, id } = snapshot;
  return {
    ...{ asOf: takenAt, snapshot, isRepriced: await hasNewTariffs(context, snapshot) },
    charges: (until = takenAt, afterJobId) =>
      toLiveCharges(context, month, Math.min(until, takenAt), snapshotJobs(context, of, id, afterJobId)),
  };
};

/** What an answer says of the snapshot it is from. */
export const snapshotView = (
  { snapshot, isRepriced }: Pick<MonthCharges, 'snapshot' | 'isRepriced'>,
  now: number,
): { snapshot?: SnapshotView } =>
  snapshot
    ? {
        snapshot: {
          takenAt: isoTime(snapshot.takenAt),
          charges: snapshot.charges,
          state: isRepriced || now - snapshot.takenAt >= renewAfterMs(snapshot) ? 'being taken' : 'current',
        },
      }
    : {};
