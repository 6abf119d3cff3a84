import { isDeepStrictEqual } from 'node:util';
import { type Charge, type DerivedCharge, deriveCharges, latestMonth } from '../../billing/charges.ts';
import type { Fact } from '../../billing/facts.ts';
import { type Calendar, monthsFrom } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { CHARGES_TOGETHER, chargeOf, type StoredCharge, type Versions } from '../../store/charges.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { BillingContext } from '../billing-context.ts';

/** A job that still differs after so many rounds is in the hands of someone else, or broken: its settle fails and is retried. */
const MAX_ROUNDS = 20;

/** Every project month in which a charge of the job may be stored: all projects its facts name, all months they span. */
export const projectMonthsOf = (facts: readonly Fact[], calendar: Calendar): ProjectMonth[] => {
  const reported = facts.filter((fact) => fact.kind !== 'cutoff');
  if (reported.length === 0) return [];
  const earliest = Math.min(...reported.map(({ time }) => time));
  const months = monthsFrom(calendar.monthOf(earliest).id, latestMonth(facts, calendar));
  const projects = [...new Set(reported.map(({ projectId }) => projectId))];
  return projects.flatMap((projectId) => months.map((usageMonth) => ({ projectId, usageMonth })));
};

/** A job's charges as they are stored, wherever they may lie. */
export const readStoredCharges = async (
  { store, calendar }: BillingContext,
  jobId: string,
  facts: readonly Fact[],
): Promise<StoredCharge[]> => {
  const charges = await Promise.all(
    projectMonthsOf(facts, calendar).map(({ projectId, usageMonth }) =>
      store.storedCharges(projectId, usageMonth, jobId),
    ),
  );
  return charges.flat();
};

/** What tells a job's pieces apart. */
export const keyOf = ({ projectId, usageMonth, start }: Pick<Charge, 'projectId' | 'usageMonth' | 'start'>) =>
  `${projectId} ${usageMonth} ${start}`;

/**
 * The charges to write so that what is stored equals what follows from the facts. What no longer follows is voided, never deleted.
 *
 * They are written together, but for more than a transaction takes; so they come in the order of protocol rule 1: an open charge
 * is written first and an open charge is made final last, so that a settle that dies half-way leaves an open charge for the close to find.
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
  // In a damaged table two items may say that they are one piece; a transaction takes each key once.
  const voids = new Map(orphaned.map((charge) => [keyOf(charge), charge]));
  const turn = (charge: Charge) =>
    charge.kind === 'open' ? 0 : storedByKey.get(keyOf(charge))?.kind === 'open' ? 2 : 1;
  return [...changed, ...voids.values()].sort((a, b) => turn(a) - turn(b));
};

/** Whether a settle can ever have made a charge of these facts, or of fewer: if not, there is nothing to compare. */
const canHaveCharges = (facts: readonly Fact[], tariffs: TariffBook): boolean =>
  facts.some((fact) => fact.kind === 'transition' && tariffs.everBilled(fact.status));

/** All there is to know of a job now. */
const readLog = async (context: BillingContext, jobId: string, freshness?: 'fresh') => {
  const facts = await context.store.readFacts(jobId);
  const tariffs = await context.tariffs(freshness);
  return { facts, tariffs, versions: { factsSeen: facts.length, tariffsSeen: tariffs.seen } };
};

/**
 * Writes charges together: what somebody who knew more has left as it is keeps the others from being written too. False as soon as
 * somebody has.
 */
const writeCharges = async (
  context: BillingContext,
  charges: readonly Charge[],
  versions: Versions,
): Promise<boolean> => {
  for (let start = 0; start < charges.length; start += CHARGES_TOGETHER) {
    const together = charges.slice(start, start + CHARGES_TOGETHER);
    for (const charge of together) await context.markChanged(charge);
    if (!(await context.store.writeCharges(together, versions))) return false;
    await context.onChargesWritten(together, context);
  }
  return true;
};

/**
 * Whether somebody makes up for a settle of fewer facts that was cut off: facts are delivered until they are settled. A close settles by
 * itself, after its cut may have been delivered, so nobody makes up for it.
 */
const isDeliveredAgain = (facts: readonly Fact[]): boolean => facts.every(({ kind }) => kind !== 'cutoff');

export interface SettleOptions {
  /** Looks for charges also where no settle can have made one: in a damaged table. */
  readonly searchAll?: boolean;
}

/**
 * Makes a job's stored charges equal what its facts say. Run twice, late or concurrently, it ends in the same place (I1).
 *
 * It is done when it finds no difference, or when all it wrote was taken and a fresh read shows that it knew all there is: then only one who
 * knew less can have changed a charge meanwhile, and looks again himself, or somebody does for him.
 */
export const settle = async (
  context: BillingContext,
  jobId: string,
  { searchAll = false }: SettleOptions = {},
): Promise<void> => {
  let log = await readLog(context, jobId);
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const { facts, tariffs, versions } = log;
    if (!searchAll && !canHaveCharges(facts, tariffs)) return;
    const derived = deriveCharges(facts, tariffs, context.calendar);
    const writes = difference(derived, await readStoredCharges(context, jobId, facts));
    if (writes.length === 0) return;
    const taken = await writeCharges(context, writes, versions);
    log = await readLog(context, jobId, taken ? undefined : 'fresh');
    if (taken && isDeepStrictEqual(log.versions, versions) && isDeliveredAgain(facts)) return;
  }
  throw new Error(`job ${jobId} did not settle in ${MAX_ROUNDS} rounds`);
};
