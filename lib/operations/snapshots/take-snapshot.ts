import type { Charge } from '../../billing/charges.ts';
import { MINUTE_MS } from '../../billing/minutes.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { SnapshotHead, Taking } from '../../store/snapshots.ts';
import type { BillingContext } from '../billing-context.ts';
import { storedCharges, toLiveCharges } from '../reads/live-charges.ts';
import { readUsage } from '../reads/read-usage.ts';
import { snapshotJobs } from './read-charges.ts';
import { expiresAt, MAX_AGE_MS, statementsState } from './snapshot-rules.ts';

/** Charges of one block. */
const BLOCK_CHARGES = 5_000;
const LEASE_MS = 2 * MINUTE_MS;
/** What is being written for longer is begun again: its charges are of too many times. */
const WRITING_MS = 30 * MINUTE_MS;

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

/**
 * Whether a snapshot that was begun goes on. Without all its charges only after it was handed over in
 * order: after a crash a block may still be on its way.
 */
const goesOn = ({ statements, isWhole, leaseUntil, takenAt }: Taking, now: number, current: string) =>
  statements === current &&
  (isWhole ? now - takenAt < MAX_AGE_MS : leaseUntil === 0 && now - takenAt < WRITING_MS);

/** Claims the month: what can go on does so, anything else begins under a fresh id. */
const claim = async (context: BillingContext, of: ProjectMonth): Promise<Taking | undefined> => {
  const now = context.now();
  const statements = await statementsState(context, of);
  const fresh = { id: context.newId(), takenAt: now, charges: 0, jobs: 0, blocks: 0, statements };
  let taking: Taking | undefined;
  const isClaimed = await changeHead(context, of, now, (head) => {
    const before = head.taking;
    if (before && before.leaseUntil > now) return undefined;
    const from = before && goesOn(before, now, statements) ? before : fresh;
    taking = { ...from, leaseUntil: now + LEASE_MS };
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
): Promise<Taking> => {
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
    if (!(await write()) || context.now() >= deadline) return taking;
  }
  if (block.length > 0 && !(await write())) return taking;
  const whole: Taking = { ...taking, isWhole: true };
  await save(context, of, whole);
  return whole;
};

/** The charges of a snapshot, with its lease renewed as they are read. */
async function* keepingLease(context: BillingContext, of: ProjectMonth, taking: Taking) {
  let renewAt = context.now() + LEASE_MS / 2;
  for await (const ofJob of snapshotJobs(context, of, taking.id)) {
    yield ofJob;
    if (context.now() < renewAt) continue;
    await save(context, of, { ...taking, leaseUntil: context.now() + LEASE_MS });
    renewAt = context.now() + LEASE_MS / 2;
  }
}

/** Adds up the charges of a whole snapshot and shows it; false if another was begun meanwhile. */
const addUp = async (context: BillingContext, of: ProjectMonth, taking: Taking): Promise<boolean> => {
  const { id, takenAt, charges, jobs, statements } = taking;
  const { projectId, usageMonth } = of;
  // Those that are used may be newer: then another snapshot is due.
  const { seen: tariffsSeen } = await context.tariffs();
  const live = toLiveCharges(context, usageMonth, takenAt, keepingLease(context, of, taking));
  const added = await readUsage(context, projectId, usageMonth, takenAt, undefined, live);
  const { newId, store } = context;
  const usage = await store.writeSnapshotUsage(of, id, newId(), added, expiresAt(takenAt));
  const snapshot = { id, takenAt, charges, jobs, statements, tariffsSeen, usage };
  return changeHead(context, of, context.now(), ({ taking: latest, ...head }) =>
    latest?.id === id ? { ...head, snapshot } : undefined,
  );
};

/**
 * Takes the snapshot of a month, or a part of it up to the deadline, which the next call goes on from:
 * with the charges after those that are written, or with adding up once all are. Not shown before it is
 * added up. An invocation that ends while it adds up is followed by one that has all its time for it.
 */
export const takeSnapshot = async (
  context: BillingContext,
  of: ProjectMonth,
  deadline = Number.POSITIVE_INFINITY,
): Promise<'taken' | 'handed over' | 'not due'> => {
  const begun = await claim(context, of);
  if (!begun) return 'not due';
  const taking = begun.isWhole ? begun : await writeCharges(context, of, begun, deadline);
  if (!taking.isWhole || (!begun.isWhole && context.now() >= deadline)) {
    await save(context, of, { ...taking, leaseUntil: 0 });
    return 'handed over';
  }
  return (await addUp(context, of, taking)) ? 'taken' : 'not due';
};
