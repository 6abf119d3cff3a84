import type { Charge } from '../../billing/charges.ts';
import { MINUTE_MS } from '../../billing/minutes.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { SnapshotHead, Taking } from '../../store/snapshots.ts';
import type { BillingContext } from '../billing-context.ts';
import { storedCharges, toLiveCharges } from '../reads/live-charges.ts';
import { readUsage } from '../reads/read-usage.ts';
import { snapshotJobs } from './read-charges.ts';
import { expiresAt, statementsState } from './snapshot-rules.ts';

/** Charges of one block. */
const BLOCK_CHARGES = 5_000;
const LEASE_MS = 2 * MINUTE_MS;
/** What was handed over for longer is begun again: its charges are of too many times. */
const HANDED_OVER_MS = 30 * MINUTE_MS;

/** Changes a head that others change too; false if `change` gives nothing. */
const changeHead = async (
  { store }: BillingContext,
  of: ProjectMonth,
  now: number,
  change: (head: SnapshotHead) => SnapshotHead | undefined,
): Promise<boolean> => {
  for (;;) {
    const read = await store.readSnapshotHead(of);
    const changed = read && change(read);
    if (!changed) return false;
    if (await store.saveSnapshotHead(of, read, changed, expiresAt(now))) return true;
  }
};

/** Claims the month: what was handed over in order goes on, anything else begins under a fresh id. */
const claim = async (context: BillingContext, of: ProjectMonth): Promise<Taking | undefined> => {
  const now = context.now();
  const statements = await statementsState(context, of);
  const fresh = { id: context.newId(), takenAt: now, charges: 0, jobs: 0, blocks: 0, statements };
  let taking: Taking | undefined;
  const isClaimed = await changeHead(context, of, now, (head) => {
    const before = head.taking;
    if (before && before.leaseUntil > now) return undefined;
    const isHandedOver =
      before?.leaseUntil === 0 && now - before.takenAt < HANDED_OVER_MS && before.statements === statements;
    taking = { ...(isHandedOver ? before : fresh), leaseUntil: now + LEASE_MS };
    return { ...head, taking };
  });
  return isClaimed ? taking : undefined;
};

/** Saves how far it is; false if another has taken over. */
const save = (context: BillingContext, of: ProjectMonth, taking: Taking): Promise<boolean> =>
  changeHead(context, of, context.now(), (head) =>
    head.taking?.id === taking.id ? { ...head, taking } : undefined,
  );

/** Writes the charges as blocks, each of whole jobs; nothing more than these once there is no time. */
const writeCharges = async (
  context: BillingContext,
  of: ProjectMonth,
  begun: Taking,
  deadline: number,
): Promise<{ readonly taking: Taking; readonly isWhole: boolean }> => {
  const { projectId, usageMonth } = of;
  let taking = begun;
  let block: Charge[] = [];
  let jobs = 0;
  const write = async () => {
    const { id, takenAt, blocks, charges } = taking;
    const next = await context.store.writeSnapshotCharges(of, id, blocks, block, expiresAt(takenAt));
    const afterJobId = block.at(-1)?.jobId;
    taking = {
      ...taking,
      ...{ blocks: next, charges: charges + block.length, jobs: taking.jobs + jobs },
      ...(afterJobId !== undefined && { afterJobId }),
      leaseUntil: context.now() + LEASE_MS,
    };
    block = [];
    jobs = 0;
    return save(context, of, taking);
  };
  const stored = storedCharges(context, projectId, usageMonth, begun.takenAt, begun.afterJobId);
  for await (const ofJob of stored) {
    block.push(...ofJob);
    jobs += 1;
    if (block.length < BLOCK_CHARGES) continue;
    if (!(await write()) || context.now() >= deadline) return { taking, isWhole: false };
  }
  const isWhole = block.length === 0 || (await write());
  return { taking, isWhole };
};

/**
 * Takes the snapshot of a month, or a part of it up to the deadline, which the next call goes on from.
 * Not shown before it is whole, with the usage that its charges add up to.
 */
export const takeSnapshot = async (
  context: BillingContext,
  of: ProjectMonth,
  deadline = Number.POSITIVE_INFINITY,
): Promise<'taken' | 'handed over' | 'not due'> => {
  const begun = await claim(context, of);
  if (!begun) return 'not due';
  const { taking, isWhole } = await writeCharges(context, of, begun, deadline);
  if (!isWhole) {
    await save(context, of, { ...taking, leaseUntil: 0 });
    return 'handed over';
  }
  const { id, takenAt, charges, jobs, statements } = taking;
  const { projectId, usageMonth } = of;
  const live = toLiveCharges(context, usageMonth, takenAt, snapshotJobs(context, of, id));
  const usage = await readUsage(context, projectId, usageMonth, takenAt, undefined, live);
  await context.store.writeSnapshotUsage(of, id, usage, expiresAt(takenAt));
  const snapshot = { id, takenAt, charges, jobs, statements };
  const isShown = await changeHead(context, of, context.now(), ({ taking: latest, ...head }) =>
    latest?.id === id ? { ...head, snapshot } : undefined,
  );
  return isShown ? 'taken' : 'not due';
};
