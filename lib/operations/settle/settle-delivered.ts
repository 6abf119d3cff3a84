import { isDeepStrictEqual } from 'node:util';
import { type DerivedCharge, deriveCharges } from '../../billing/charges.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { BillingContext } from '../billing-context.ts';
import { eventsOfCharges } from '../outgoing/job-events.ts';
import { canBeCharged, canHaveCharges, keyOf, type Log, readLog, type Settled, settle } from './settle.ts';
import type { SettledJob } from './settled-jobs.ts';

/** More facts than these are settled in full: charges are derived for every part of them. */
const DELIVERED_TOGETHER = 3;

/** A log that is expected, the charge that follows from it, and what has to be written for it. */
interface Expected {
  readonly log: Log;
  readonly charge?: SettledJob['charge'];
  /** The versions of the stored charge that is replaced; none if no charge is stored. */
  readonly write?: { readonly over: SettledJob['charge'] };
}

const idOf = (fact: Fact): string =>
  JSON.stringify(fact.kind === 'cutoff' ? [fact.month] : [fact.source, fact.id]);

const areNew = (delivered: readonly Fact[], facts: readonly Fact[]): boolean => {
  const ids = [...facts, ...delivered].map(idOf);
  return new Set(ids).size === ids.length && delivered.every(({ kind }) => kind !== 'cutoff');
};

/** Every selection of some of the facts. */
const partsOf = (facts: readonly Fact[]): Fact[][] =>
  Array.from({ length: 2 ** facts.length - 1 }, (_, number) =>
    facts.filter((__, index) => ((number + 1) >> index) % 2 === 1),
  );

/** Whether the one charge with this key follows from the facts. */
const isOnly = ([charge, ...others]: readonly DerivedCharge[], key: string): boolean =>
  charge !== undefined && others.length === 0 && keyOf(charge) === key;

/**
 * What the job is expected to be settled to, if the delivered facts are new and there are no
 * others. Nothing unless another settle of some of these facts would be noticed by the write: it
 * creates the charge at the time of its one billable fact, or replaces the only charge. Where one
 * fact changes nothing, no older log can have replaced that charge if the latest fact has.
 */
const expect = (
  { facts: before, tariffsSeen, charge: stored }: SettledJob,
  delivered: readonly Fact[],
  tariffs: TariffBook,
  { calendar, now }: BillingContext,
): Expected | undefined => {
  if (tariffs.seen !== tariffsSeen || !areNew(delivered, before)) return undefined;
  const facts = [...before, ...delivered];
  const log = { facts, tariffs, versions: { factsSeen: facts.length, tariffsSeen } };
  if (!canHaveCharges(facts, tariffs)) return { log };

  const [derived, ...others] = deriveCharges(facts, tariffs, calendar);
  const billable = delivered.filter((fact) => canBeCharged(fact, tariffs));
  if (!derived || others.length > 0) return undefined;
  if (stored) {
    if (delivered.length > DELIVERED_TOGETHER || billable.length > 0) return undefined;
    const key = keyOf(stored.derived);
    const leavesOthers = (part: readonly Fact[]) =>
      !isOnly(deriveCharges([...before, ...part], tariffs, calendar), key);
    if (partsOf(delivered).some(leavesOthers)) return undefined;
    if (isDeepStrictEqual(derived, stored.derived))
      return delivered.length === 1 && stored.versions.factsSeen === before.length
        ? { log, charge: stored }
        : undefined;
  } else if (billable.length > 1) return undefined;
  // An event goes out for good, so what it says has to be read first.
  if (eventsOfCharges([derived], { tariffs, calendar }, now()).size > 0) return undefined;
  return { log, charge: { derived, versions: log.versions }, write: { over: stored } };
};

/** False if the stored charge is another one than expected. */
const writeExpected = async (context: BillingContext, { log, charge, write }: Expected): Promise<boolean> => {
  if (!charge || !write) return true;
  await context.markChanged(charge.derived);
  const over = write.over ? [{ ...write.over.derived, ...write.over.versions }] : [];
  if (!(await context.store.writeCharges([charge.derived], log.versions, [], over))) return false;
  await context.onChargesWritten([charge.derived], context);
  return true;
};

const inOrder = (facts: readonly Fact[]) =>
  new Map([...facts].map((fact): [string, Fact] => [idOf(fact), fact]).sort(([a], [b]) => (a < b ? -1 : 1)));

const isSameLog = (a: Log, b: Log): boolean =>
  isDeepStrictEqual(a.versions, b.versions) && isDeepStrictEqual(inOrder(a.facts), inOrder(b.facts));

/**
 * Settles a job of which the stream has delivered facts. If the process remembers the job, it
 * writes first what it expects and then reads the log: it is done if the log is the expected one,
 * and settles from what it has read if not (protocol rule 3).
 */
export const settleDelivered = async (
  context: BillingContext,
  job: JobRef,
  delivered: readonly Fact[],
): Promise<Settled['how']> => {
  const { settledJobs } = context;
  const remembered = settledJobs.take(job);
  const expected =
    remembered && delivered.length > 0
      ? expect(remembered, delivered, await context.tariffs(), context)
      : undefined;
  let read: Log | undefined;
  if (expected) {
    const isWritten = await writeExpected(context, expected);
    read = await readLog(context, job, isWritten ? undefined : 'fresh');
    if (isWritten && isSameLog(read, expected.log)) {
      const { log, charge } = expected;
      settledJobs.keep(job, { facts: log.facts, tariffsSeen: log.tariffs.seen, ...(charge && { charge }) });
      return charge ? 'settled' : 'uncharged';
    }
  }
  const { how, left } = await settle(context, job, read && { log: read });
  if (left) settledJobs.keep(job, left);
  return how;
};
