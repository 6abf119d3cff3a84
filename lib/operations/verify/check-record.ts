import type { BilledCharge } from '../../billing/billed-charge.ts';
import { checkBilledCharge, differs } from '../../billing/check-billed-charge.ts';
import { type Evidence, type Fact, isSameEvent } from '../../billing/facts.ts';
import type { Tariff } from '../../billing/tariff.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { differences } from './differences.ts';

const isInLog = (facts: readonly Fact[], jobId: string, event: Evidence): boolean =>
  facts.some(
    (fact) =>
      fact.kind === 'transition' &&
      fact.jobId === jobId &&
      fact.time === event.time &&
      isSameEvent(fact, event),
  );

/** Checks a billed charge against the log of its job. */
const checkFacts = (
  { jobId, openedBy, endedBy, statedBy, flavor, unit, milliUnits }: BilledCharge,
  facts: readonly Fact[],
): string[] => {
  const events = [
    openedBy,
    ...(endedBy.cause === 'fact' ? [endedBy.fact] : []),
    ...(statedBy ? [statedBy] : []),
  ];
  const isStated = facts.some(
    (fact) =>
      fact.kind === 'transition' &&
      isSameEvent(fact, statedBy) &&
      fact.resources?.flavor === flavor &&
      (unit === undefined || fact.resources?.milliUnits[unit] === milliUnits),
  );
  return [
    ...events
      .filter((event) => !isInLog(facts, jobId, event))
      .map(({ source, id, time }) => `event ${id} of ${source} at ${isoTime(time)} is not in the job's log`),
    ...(isStated || flavor === undefined
      ? []
      : [`event ${statedBy?.id} of ${statedBy?.source} does not state these resources`]),
  ];
};

/** Checks the price of a billed charge against its tariff. */
const checkTariff = (
  { tariff, flavor, unit, milliUnits, pricePerHour }: BilledCharge,
  tariffs: ReadonlyMap<string, Tariff>,
): string[] => {
  if (tariff === undefined) return [];
  const prices = tariffs.get(tariff)?.prices;
  if (!prices) return [`tariff ${tariff} is not published`];
  const price = flavor !== undefined && Object.hasOwn(prices, flavor) ? prices[flavor] : undefined;
  const expected = milliUnits === undefined ? undefined : price?.pricePerHour;
  return [
    ...(price?.unit === unit ? [] : [differs(`unit in ${tariff}`, price?.unit ?? 'none', unit ?? 'none')]),
    ...(expected === pricePerHour
      ? []
      : [differs(`pricePerHour in ${tariff}`, expected ?? 'none', pricePerHour ?? 'none')]),
  ];
};

/**
 * Checks a billed charge against the one it replaces, its own evidence, its facts and its tariff.
 */
export const checkRecord = (
  { calendar }: BillingContext,
  { jobId, usageMonth, start, billed, replaces }: BilledChargeRecord,
  before: BilledCharge | undefined,
  facts: readonly Fact[],
  tariffs: ReadonlyMap<string, Tariff>,
): string[] => [
  ...differences(before, replaces, 'replaces'),
  ...(billed
    ? [
        ...differences(
          { jobId, usageMonth, start },
          { jobId: billed.jobId, usageMonth: billed.usageMonth, start: billed.start },
          'billed',
        ),
        ...checkBilledCharge(billed, calendar),
        ...checkFacts(billed, facts),
        ...checkTariff(billed, tariffs),
      ]
    : []),
];
