import { isDeepStrictEqual } from 'node:util';
import { type Charge, deriveCharges } from '../../billing/charges.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { chargeOf, type StoredCharge, type Versions } from '../../store/charges.ts';
import type { BillingContext } from '../billing-context.ts';
import { difference, keyOf, readStoredCharges, settle } from '../settle/settle.ts';
import type { Finding } from './audit-run.ts';
import { findingOf, plain } from './finding.ts';

/** Number of shorter logs tried, to distinguish an outdated charge from a damaged one. */
const SHORTER_LOGS = 50;

/** Whether versions are impossible, since facts and tariffs only grow. They refuse every settle. */
export const isAheadOfLog = ({ factsSeen, tariffsSeen }: Versions, facts: number, tariffs: number): boolean =>
  !Number.isInteger(factsSeen) ||
  factsSeen > facts ||
  !Number.isInteger(tariffsSeen) ||
  tariffsSeen > tariffs;

/** Why a charge differs from what follows from the log. */
const causeOf = (
  context: BillingContext,
  facts: readonly Fact[],
  tariffs: TariffBook,
  { expected, found }: { readonly expected: Charge; readonly found: StoredCharge | undefined },
  latestSeen: number,
): Finding['cause'] => {
  const afterFacts = (count: number) => deriveCharges(facts.slice(0, count), tariffs, context.calendar);
  if (!found) {
    const wasWritten = afterFacts(latestSeen).some((charge) => keyOf(charge) === keyOf(expected));
    return wasWritten ? 'damaged' : 'not settled';
  }
  for (let count = facts.length - 1; count > 0 && count > facts.length - SHORTER_LOGS; count -= 1)
    if (afterFacts(count).some((charge) => isDeepStrictEqual(charge, chargeOf(found)))) return 'not settled';
  return found.tariffsSeen < tariffs.seen ? 'tariff not settled' : 'damaged';
};

/** Compares a job's stored charges with those that follow from its facts. */
const compare = (
  { store, calendar }: BillingContext,
  stored: readonly StoredCharge[],
  facts: readonly Fact[],
  tariffs: TariffBook,
) => {
  const misplaced = stored.filter((charge) => !store.isInPlace(charge));
  const inPlace = stored.filter((charge) => store.isInPlace(charge));
  const writes = difference(deriveCharges(facts, tariffs, calendar), inPlace);
  const written = new Set(writes.map(keyOf));
  const immovable = inPlace.filter(
    (one) => isAheadOfLog(one, facts.length, tariffs.seen) && !written.has(keyOf(one)),
  );
  const isClean = writes.length === 0 && misplaced.length === 0 && immovable.length === 0;
  return { misplaced, inPlace, writes, immovable, isClean };
};

/**
 * Each stored charge of a job that does not follow from its facts, and each that is missing.
 * Charges that follow from facts read before them are correct: a settle of later facts is still to
 * come.
 */
export const auditJob = async (
  context: BillingContext,
  job: JobRef,
  scanned?: readonly Fact[],
): Promise<Finding[]> => {
  const { store } = context;
  const before = scanned ?? (await store.readFacts(job));
  const stored = await readStoredCharges(context, job, before);
  const tariffs = await context.tariffs();
  if (compare(context, stored, before, tariffs).isClean) return [];

  // Read after the charges, so that no settle can have read more facts.
  const facts = await store.readFacts(job);
  const { misplaced, inPlace, writes, immovable, isClean } = compare(context, stored, facts, tariffs);
  if (isClean) return [];

  const parked = await store.readParkedJob(job);
  const latestSeen = Math.max(0, ...inPlace.map(({ factsSeen }) => factsSeen));
  const storedByKey = new Map(inPlace.map((charge) => [keyOf(charge), charge]));
  return [
    ...misplaced.map((stored) =>
      findingOf({ kind: 'added', cause: 'damaged', charge: stored, found: chargeOf(stored), key: stored }),
    ),
    ...immovable.map(
      (stored): Finding => ({
        ...findingOf({ kind: 'changed', cause: 'damaged', charge: stored }),
        found: plain({ factsSeen: stored.factsSeen, tariffsSeen: stored.tariffsSeen }),
      }),
    ),
    ...writes.map((expected) => {
      const found = storedByKey.get(keyOf(expected));
      return findingOf({
        kind: !found ? 'missing' : expected.kind === 'void' ? 'added' : 'changed',
        cause: parked ? 'parked' : causeOf(context, facts, tariffs, { expected, found }, latestSeen),
        charge: expected,
        expected,
        ...(found && { found: chargeOf(found) }),
      });
    }),
  ];
};

/** Makes a job's charges equal what its facts say, also those that no settle can replace. */
export const healJob = async (context: BillingContext, job: JobRef): Promise<void> => {
  const { store } = context;
  const stored = await readStoredCharges(context, job, await store.readFacts(job));
  const facts = await store.readFacts(job);
  const tariffs = await context.tariffs('fresh');
  for (const charge of stored) {
    if (!store.isInPlace(charge)) await store.discardCharge(charge);
    else if (isAheadOfLog(charge, facts.length, tariffs.seen)) await overrule(context, charge);
  }
  await settle(context, job, { searchAll: true });
};

/** Voids a charge with version zero, so that every settle can replace it. */
export const overrule = async ({ store }: BillingContext, stored: StoredCharge): Promise<void> => {
  const { jobId, projectId, usageMonth, start } = stored;
  const versions = { factsSeen: 0, tariffsSeen: 0 };
  await store.overruleCharge(stored, { kind: 'void', jobId, projectId, usageMonth, start }, versions);
};
