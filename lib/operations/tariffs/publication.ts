import { isDeepStrictEqual } from 'node:util';
import { deriveCharges } from '../../billing/charges.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import { MINUTE_MS } from '../../billing/minutes.ts';
import { createTariffBook, type Tariff } from '../../billing/tariff.ts';
import type { Publication } from '../../store/tariffs.ts';
import type { BillingContext } from '../billing-context.ts';
import { createUnbudgeted, markBudgetsChanged } from '../budgets/mark-changed.ts';
import { settleOrPark } from '../settle/settle-jobs.ts';
import { allSegments, isWalked, walkTable } from '../walk-table.ts';

/** Lease duration. A publication is saved, and its lease renewed, every few hundred jobs. */
const LEASE_MS = 10 * MINUTE_MS;
/** How much longer a publication waits than any process caches the tariffs without the new one. */
const MARGIN_MS = 1_000;

type TariffRef = Pick<Tariff, 'effectiveFrom' | 'revision'>;

/** Whether it is the same tariff, or the publication of it. */
export const isOf =
  (tariff: TariffRef) =>
  (other: TariffRef): boolean =>
    other.effectiveFrom === tariff.effectiveFrom && other.revision === tariff.revision;

/** A publication before its first job. */
export const beginPublication = ({ effectiveFrom, revision }: TariffRef, now: number): Publication => ({
  ...{ effectiveFrom, revision, startedAt: now, leaseUntil: now + LEASE_MS },
  ...{ segments: allSegments(), jobsSettled: 0, jobsParked: 0 },
});

export interface PublicationOptions {
  /** No further job is settled from then on; the rest can be resumed. */
  readonly deadline?: number;
  readonly onProgress?: ((publication: Publication) => void) | undefined;
}

export interface ResumeOptions extends PublicationOptions {
  /** Ignores leases: two processes on one publication duplicate work, and never a charge. */
  readonly force?: boolean;
}

/**
 * Whether a job's charges are the same with and without the tariff, so that it needs no settle.
 * With a second unfinished publication that is unknown: the job may have been settled under
 * neither tariff or one of them.
 */
const readUnaffected = async (
  { store, calendar }: BillingContext,
  publication: Publication,
): Promise<(facts: readonly Fact[]) => boolean> => {
  const published = await store.readTariffs();
  if (!(await store.readPublications()).every(isOf(publication))) return () => false;
  const isThisOne = isOf(publication);
  const tariffs = createTariffBook(published);
  const without = createTariffBook(published.filter((tariff) => !isThisOne(tariff)));
  return (facts) => {
    try {
      return isDeepStrictEqual(
        deriveCharges(facts, without, calendar),
        deriveCharges(facts, tariffs, calendar),
      );
    } catch {
      // A settle will fail in the same way, and park the job.
      return false;
    }
  };
};

/**
 * Settles the remaining jobs of a publication; one that keeps failing is parked. Run twice, late or
 * concurrently, it ends in the same state: progress covers settled and parked jobs only. After the
 * pause every process has reloaded the tariffs.
 */
export const settlePublication = async (
  context: BillingContext,
  started: Publication,
  { deadline = Infinity, onProgress = () => {} }: PublicationOptions = {},
): Promise<Publication> => {
  const { store, now } = context;
  let publication = started;
  let isFinished = false;
  const lost: string[] = [];
  /** Settled since progress was saved. */
  let changed: JobRef[] = [];
  const unbudgeted = createUnbudgeted();
  const save = async (changes: Partial<Publication>) => {
    publication = { ...publication, ...changes };
    // Another process has settled the rest.
    if (!(await store.savePublication(publication))) isFinished = true;
  };

  onProgress(publication);
  // A publication that has just begun has its lease.
  if (publication.leaseUntil < now() + LEASE_MS / 2) await save({ leaseUntil: now() + LEASE_MS });
  await context.pause(context.tariffCacheMs + MARGIN_MS);
  await context.tariffs('fresh');
  const isUnaffected = await readUnaffected(context, publication);
  let { jobsSettled, jobsParked } = publication;
  await walkTable(store, publication.segments, {
    isOver: () => isFinished || now() >= deadline,
    visit: async ({ partition, facts }) => {
      if (partition.kind !== 'job') return;
      try {
        const isSame = isUnaffected(facts);
        if (!isSame) changed.push(partition.job);
        if (isSame || (await settleOrPark(context, partition.job)) !== 'parked') jobsSettled += 1;
        else jobsParked += 1;
        onProgress({ ...publication, jobsSettled, jobsParked });
      } catch {
        lost.push(partition.job.jobId);
      }
    },
    // Progress stops before the first job that is neither settled nor parked.
    onRound: async (segments) => {
      await markBudgetsChanged(context, changed, unbudgeted);
      changed = [];
      if (lost.length === 0) await save({ segments, jobsSettled, jobsParked, leaseUntil: now() + LEASE_MS });
    },
  });
  if (lost.length === 0 && isWalked(publication.segments)) await store.finishPublication(publication);
  else await save({ leaseUntil: now() });
  if (lost.length > 0)
    throw new Error(
      `the tariff is published, but ${lost.length} jobs could not be settled: publish it again, or \`jobmeter tariff resume\``,
    );
  return publication;
};

/** Resumes the interrupted publications, one after the other. Gives their progress. */
export const resumePublications = async (
  context: BillingContext,
  { force = false, ...options }: ResumeOptions = {},
): Promise<Publication[]> => {
  const { deadline = Infinity } = options;
  const resumed: Publication[] = [];
  const failures: unknown[] = [];
  for (const publication of await context.store.readPublications()) {
    if ((!force && publication.leaseUntil > context.now()) || context.now() >= deadline) continue;
    // A publication that fails does not stop the others.
    await settlePublication(context, publication, options).then(
      (settled) => resumed.push(settled),
      (error: unknown) => failures.push(error),
    );
  }
  if (failures.length > 0)
    throw new AggregateError(failures, failures.map((error) => (error as Error).message).join('; '));
  return resumed;
};
