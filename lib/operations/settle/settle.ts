import { isDeepStrictEqual } from 'node:util';
import { type Charge, type DerivedCharge, deriveCharges, latestMonth } from '../../billing/charges.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import { type Calendar, monthsFrom } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { CHARGES_TOGETHER, chargeOf, type StoredCharge, type Versions } from '../../store/charges.ts';
import type { BillingContext } from '../billing-context.ts';
import { type EventsOfCharges, newEventsOfCharges } from '../outgoing/new-job-events.ts';
import type { SettledJob } from './settled-jobs.ts';

/** Limit of rounds. A job that still differs then is contended or damaged: its settle fails. */
const MAX_ROUNDS = 20;

/** Every usage month that may have a charge of the job: all months of its facts. */
export const usageMonthsOf = (facts: readonly Fact[], calendar: Calendar): string[] => {
  const reported = facts.filter((fact) => fact.kind !== 'cutoff');
  if (reported.length === 0) return [];
  const earliest = reported.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY);
  return monthsFrom(calendar.monthOf(earliest).id, latestMonth(facts, calendar));
};

/** A job's stored charges, in all of {@link usageMonthsOf}. */
export const readStoredCharges = async (
  { store, calendar }: BillingContext,
  { projectId, jobId }: JobRef,
  facts: readonly Fact[],
): Promise<StoredCharge[]> => {
  const charges = await Promise.all(
    usageMonthsOf(facts, calendar).map((usageMonth) => store.storedCharges(projectId, usageMonth, jobId)),
  );
  return charges.flat();
};

/** The identity of a charge within its job. */
export const keyOf = ({ usageMonth, start }: Pick<Charge, 'usageMonth' | 'start'>) =>
  `${usageMonth} ${start}`;

/**
 * The charges to write so that the stored ones equal the derived ones. A charge that no longer
 * follows is voided, never deleted. An open charge is written first
 * and one is made final last, so that an interrupted settle leaves an open charge.
 */
export const difference = (derived: readonly DerivedCharge[], stored: readonly StoredCharge[]): Charge[] => {
  const storedByKey = new Map(stored.map((charge) => [keyOf(charge), chargeOf(charge)]));
  const wanted = new Set(derived.map(keyOf));
  const changed: Charge[] = derived.filter(
    (charge) => !isDeepStrictEqual(charge, storedByKey.get(keyOf(charge))),
  );
  const orphaned = stored
    .filter((charge) => charge.kind !== 'void' && !wanted.has(keyOf(charge)))
    .map(
      ({ jobId, projectId, usageMonth, start }): Charge => ({
        kind: 'void',
        jobId,
        projectId,
        usageMonth,
        start,
      }),
    );
  // In a damaged table two items may have one identity; a transaction accepts each key once.
  const voids = new Map(orphaned.map((charge) => [keyOf(charge), charge]));
  const orderOf = (charge: Charge) =>
    charge.kind === 'open' ? 0 : storedByKey.get(keyOf(charge))?.kind === 'open' ? 2 : 1;
  return [...changed, ...voids.values()].sort((a, b) => orderOf(a) - orderOf(b));
};

/** Whether a charge can begin with the fact. */
export const canBeCharged = (fact: Fact, tariffs: TariffBook): boolean =>
  fact.kind === 'transition' && tariffs.everBilled(fact.status);

/** Whether these facts, or fewer of them, can have charges: if not, there is nothing to compare. */
export const canHaveCharges = (facts: readonly Fact[], tariffs: TariffBook): boolean =>
  facts.some((fact) => canBeCharged(fact, tariffs));

/** A job's facts, the tariffs, and the versions of both. */
export interface Log {
  readonly facts: readonly Fact[];
  readonly tariffs: TariffBook;
  readonly versions: Versions;
}

export const readLog = async (context: BillingContext, job: JobRef, freshness?: 'fresh'): Promise<Log> => {
  const facts = await context.store.readFacts(job);
  const tariffs = await context.tariffs(freshness);
  return { facts, tariffs, versions: { factsSeen: facts.length, tariffsSeen: tariffs.seen } };
};

/** Charges and the events about them, in transactions of at most {@link CHARGES_TOGETHER} items. */
function* transactionsOf(charges: readonly Charge[], events: EventsOfCharges) {
  const about = (charge: Charge) => events.get(charge) ?? [];
  let together: Charge[] = [];
  let items = 0;
  for (const charge of charges) {
    const added = 1 + about(charge).length;
    if (items + added > CHARGES_TOGETHER) {
      yield { together, events: together.flatMap(about) };
      together = [];
      items = 0;
    }
    together.push(charge);
    items += added;
  }
  yield { together, events: together.flatMap(about) };
}

/**
 * All or nothing per transaction; refused if a newer version, or one of the events, is stored, or
 * something else than `over`.
 */
const writeCharges = async (
  context: BillingContext,
  job: JobRef,
  charges: readonly Charge[],
  { tariffs, versions }: Log,
  over?: readonly StoredCharge[],
): Promise<'written' | 'written in part' | 'refused'> => {
  const newEvents = await newEventsOfCharges(context, job, charges, tariffs);
  let refused: 'written in part' | 'refused' = 'refused';
  for (const { together, events } of transactionsOf(charges, newEvents)) {
    for (const charge of together) await context.markChanged(charge);
    if (!(await context.store.writeCharges(together, versions, events, over))) return refused;
    refused = 'written in part';
    await context.onChargesWritten(together, context);
  }
  return 'written';
};

/**
 * Whether an interrupted settle of fewer facts is repeated: the stream delivers facts until they
 * are settled. A cutoff may have been delivered before the settle of its close, which is not
 * repeated.
 */
const isDeliveredAgain = (facts: readonly Fact[]): boolean => facts.every(({ kind }) => kind !== 'cutoff');

/** How a settle ended. */
export interface Settled {
  /** `uncharged`: the job was never in a billable status, so no settle has written charges. */
  readonly how: 'settled' | 'uncharged';
  /** What a process may remember of it. */
  readonly left?: SettledJob | undefined;
}

/** What is left behind, if it may be remembered: no cutoff, and one charge at most. */
const leftBehind = (
  { facts, versions }: Log,
  derived: readonly DerivedCharge[],
  stored: readonly StoredCharge[],
  writes: readonly Charge[] = [],
): SettledJob | undefined => {
  const [charge, ...others] = derived;
  if (!charge || others.length > 0 || !isDeliveredAgain(facts)) return undefined;
  const found = stored.find((other) => keyOf(other) === keyOf(charge));
  const { factsSeen, tariffsSeen } = writes.includes(charge) || !found ? versions : found;
  if (factsSeen > versions.factsSeen || tariffsSeen > versions.tariffsSeen) return undefined;
  const settled = { facts, tariffsSeen: versions.tariffsSeen };
  return { ...settled, charge: { derived: charge, versions: { factsSeen, tariffsSeen } } };
};

const notSettled = ({ projectId, jobId }: JobRef) =>
  new Error(`job ${jobId} of ${projectId} did not settle in ${MAX_ROUNDS} rounds`);

export interface SettleOptions {
  /** Reads charges even if no settle can have written any: for a damaged table. */
  readonly searchAll?: boolean;
  /** The log to begin with, if it has just been read. */
  readonly log?: Log;
}

/**
 * Makes a job's stored charges equal what its facts say. Run twice, late or concurrently, it ends
 * in the same state (I1). It is done when nothing differs, or when all charges were written and the
 * versions are unchanged: then only a settle of lower versions can interfere, and it is repeated.
 */
export const settle = async (
  context: BillingContext,
  job: JobRef,
  { searchAll = false, log: first }: SettleOptions = {},
): Promise<Settled> => {
  let log = first ?? (await readLog(context, job));
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const { facts, tariffs, versions } = log;
    if (!searchAll && !canHaveCharges(facts, tariffs))
      return {
        how: 'uncharged',
        left: isDeliveredAgain(facts) ? { facts, tariffsSeen: tariffs.seen } : undefined,
      };
    const derived = deriveCharges(facts, tariffs, context.calendar);
    const stored = await readStoredCharges(context, job, facts);
    const writes = difference(derived, stored);
    if (writes.length === 0) return { how: 'settled', left: leftBehind(log, derived, stored) };
    const isWritten = (await writeCharges(context, job, writes, log)) === 'written';
    const next = await readLog(context, job, isWritten ? undefined : 'fresh');
    if (isWritten && isDeepStrictEqual(next.versions, versions) && isDeliveredAgain(facts))
      return { how: 'settled', left: leftBehind(log, derived, stored, writes) };
    log = next;
  }
  throw notSettled(job);
};

/**
 * Settles a job for a close that has cut it off, and returns its charges: none of them is open in a
 * usage month up to the closed one. It writes only over what it has read, an open charge among them,
 * which every settle that has read the cutoff changes: a close that is overtaken is refused, and
 * whoever comes later finds what it has written. It is not repeated if it dies. One that is refused
 * after the first of several transactions continues until nothing differs.
 */
export const settleCutOff = async (
  context: BillingContext,
  job: JobRef,
  month: string,
): Promise<StoredCharge[]> => {
  let log = await readLog(context, job);
  let isInPart = false;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const stored = await readStoredCharges(context, job, log.facts);
    const isOpen = stored.some(({ kind, usageMonth }) => kind === 'open' && usageMonth <= month);
    if (!isOpen && !isInPart) return stored;
    const writes = difference(deriveCharges(log.facts, log.tariffs, context.calendar), stored);
    if (writes.length === 0) return stored;
    const outcome = await writeCharges(context, job, writes, log, stored);
    isInPart ||= outcome === 'written in part';
    log = await readLog(context, job, outcome === 'written' ? undefined : 'fresh');
  }
  throw notSettled(job);
};
