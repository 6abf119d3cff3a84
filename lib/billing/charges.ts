import type { Evidence, Fact, JobRef, Labels, Resources } from './facts.ts';
import { type BillableInterval, billableIntervals, type Limit, type LimitCause } from './intervals.ts';
import { type Lifecycle, readLifecycle } from './lifecycle.ts';
import { commencedMinutes, MINUTE_MS, type MinuteRun } from './minutes.ts';
import { exactAmount } from './money.ts';
import type { Calendar } from './months.ts';
import {
  evidenceOf,
  isSameResources,
  type RatedStretch,
  type RatedUsage,
  resourcesAt,
  splitByRate,
  stretchAt,
} from './rating.ts';
import type { TariffBook } from './tariff.ts';

/** Why a charge ends. Only the last charge of an interval is ended by a fact. */
export type ChargeEnd =
  | { readonly cause: 'fact'; readonly fact: Evidence }
  | { readonly cause: 'month end' | 'price change' | 'resources change' | 'limit' }
  /** Still running: only on what is priced for a reader. */
  | { readonly cause: 'now' };

/** Time beyond a limit, without a known stop: shown, never billed by itself. */
export interface Held {
  readonly from: number;
  readonly cause: LimitCause;
}

interface ChargeKey extends JobRef {
  readonly usageMonth: string;
  /** When its first minute starts; unique within the job. Epoch milliseconds, as all times. */
  readonly start: number;
}

/** What all charges of an interval share. */
interface Metering extends JobRef {
  readonly openedBy: Evidence;
  readonly labels?: Labels;
}

/** A stretch of a billable interval inside one month with one price and one count of its unit. */
export interface FinalCharge extends ChargeKey, Metering, RatedUsage {
  readonly kind: 'final';
  readonly end: number;
  readonly endedBy: ChargeEnd;
  readonly minutes: number;
  /** Exact, in sixtieths of the scaled price; 0n when unrated. */
  readonly amount: bigint;
  readonly held?: Held;
}

/** The charge in which an interval is still running: no end, no amount; priced when read. */
export interface OpenCharge extends ChargeKey, Metering {
  readonly kind: 'open';
  readonly resources?: Resources;
  readonly statedBy?: Evidence;
  readonly limit: Limit;
  /** The limit if the job is heard of again and again: for forecasts. */
  readonly longest: Limit;
}

/** A charge that no longer follows from the facts, kept so that a stale write is refused. */
export interface VoidCharge extends ChargeKey {
  readonly kind: 'void';
}

export type Charge = FinalCharge | OpenCharge | VoidCharge;
export type DerivedCharge = FinalCharge | OpenCharge;

const toFinalCharge = (
  metering: Metering,
  { stretch, start, end, minutes }: MinuteRun<RatedStretch>,
  endedBy: ChargeEnd,
): FinalCharge => {
  const { usageMonth, end: _, resources: __, ...usage } = stretch;
  const { milliUnits, pricePerHour } = usage;
  return {
    kind: 'final',
    ...metering,
    ...usage,
    usageMonth,
    start,
    end,
    endedBy,
    minutes,
    amount:
      milliUnits === undefined || pricePerHour === undefined
        ? 0n
        : exactAmount(BigInt(minutes) * BigInt(milliUnits), pricePerHour),
  };
};

type IntervalEnd = Pick<FinalCharge, 'endedBy' | 'held'>;

const heldFrom = ({ at, cause }: Limit): IntervalEnd => ({
  endedBy: { cause: 'limit' },
  held: { from: at, cause },
});

/** Why the next minute is of another charge. */
const changeBetween = (a: RatedStretch, b: RatedStretch): ChargeEnd => {
  if (a.usageMonth !== b.usageMonth) return { cause: 'month end' };
  const isOtherCount = a.flavor !== b.flavor || (a.unit === b.unit && a.milliUnits !== b.milliUnits);
  return { cause: isOtherCount ? 'resources change' : 'price change' };
};

/** Each run ends where the next one begins, the last one by `end`. */
const toFinalCharges = (
  metering: Metering,
  runs: readonly MinuteRun<RatedStretch>[],
  { endedBy, held }: IntervalEnd,
): FinalCharge[] =>
  runs.map((run, index) => {
    const next = runs[index + 1];
    if (next) return toFinalCharge(metering, run, changeBetween(run.stretch, next.stretch));
    return { ...toFinalCharge(metering, run, endedBy), ...(held && { held }) };
  });

/** An interval that is not believed from its start: no minute, and all of it held. */
const heldWhole = (metering: Metering, stretch: RatedStretch, limit: Limit): FinalCharge => ({
  ...toFinalCharge(metering, { stretch, start: limit.at, end: limit.at, minutes: 0 }, { cause: 'limit' }),
  ...heldFrom(limit),
});

/** The run in which an interval is still open: past it nothing changes but months and prices. */
const findOpenRun = (
  runs: readonly MinuteRun<RatedStretch>[],
  resources: Resources | undefined,
  openFrom: number,
): MinuteRun<RatedStretch> | undefined => {
  const lastChange = runs.findLastIndex(({ stretch }) => !isSameResources(stretch.resources, resources));
  return runs.find((run, index) => index > lastChange && run.start >= openFrom);
};

const chargesOf = (
  { openedBy, closedBy, limit, longest }: BillableInterval,
  { labels, resources }: Lifecycle,
  at: (time: number) => RatedStretch,
  openFrom: number,
): DerivedCharge[] => {
  const metering: Metering = {
    jobId: openedBy.jobId,
    projectId: openedBy.projectId,
    openedBy: evidenceOf(openedBy),
    ...(labels && { labels }),
  };
  if (closedBy)
    return toFinalCharges(metering, splitByRate(openedBy.time, closedBy.time, at), {
      endedBy: { cause: 'fact', fact: evidenceOf(closedBy) },
    });
  if (limit.at <= openedBy.time) return [heldWhole(metering, at(openedBy.time), limit)];
  const runs = splitByRate(openedBy.time, limit.at, at);
  const open = findOpenRun(runs, resources, openFrom);
  if (!open) return toFinalCharges(metering, runs, heldFrom(limit));
  const { usageMonth, statedBy } = open.stretch;
  return [
    // The open charge is a run too: why the one before it ends follows from it.
    ...toFinalCharges(
      metering,
      runs.filter((run) => run.start <= open.start),
      { endedBy: { cause: 'now' } },
    ).slice(0, -1),
    {
      kind: 'open',
      ...metering,
      usageMonth,
      start: open.start,
      ...(resources && { resources }),
      ...(statedBy && { statedBy }),
      limit,
      longest,
    },
  ];
};

/**
 * All stored charges are made here, without a clock, so the same log gives the same charges (I1).
 * An interval with no end has an open charge in the month of the latest fact or cutoff. The minutes
 * of one sum to ceil(duration / 60 s), up to its limit if its stop is not known (I2).
 */
export const deriveCharges = (
  facts: readonly Fact[],
  tariffs: TariffBook,
  calendar: Calendar,
): DerivedCharge[] => {
  const lifecycle = readLifecycle(facts);
  if (lifecycle.transitions.length === 0) return [];
  const openFrom = calendar.monthOf(latestTime(facts, calendar)).start;
  const at = stretchAt(resourcesAt(lifecycle.statedResources), tariffs, calendar);
  return billableIntervals(lifecycle, tariffs).flatMap((interval) =>
    chargesOf(interval, lifecycle, at, openFrom),
  );
};

/** The time of the latest fact or cutoff. Facts only grow, so it never goes back. */
const latestTime = (facts: readonly Fact[], calendar: Calendar): number =>
  facts
    .map((fact) => (fact.kind === 'cutoff' ? calendar.month(fact.month).start : fact.time))
    .reduce((a, b) => Math.max(a, b));

/**
 * The last month in which a charge may start. A change of resources in the last minute of a month
 * counts from the next minute on, so the open charge may start in the month after the latest fact.
 */
export const latestMonth = (facts: readonly Fact[], calendar: Calendar): string =>
  calendar.monthOf(latestTime(facts, calendar) + MINUTE_MS - 1).id;

/** The cost of an open charge until `now`: for a reader, never stored. */
export const priceOpenCharge = (
  open: OpenCharge,
  tariffs: TariffBook,
  calendar: Calendar,
  now: number,
): FinalCharge[] => {
  const { kind: _, limit, longest: __, start, usageMonth: ___, resources, statedBy, ...metering } = open;
  const at = stretchAt(() => ({ resources, statedBy, until: Number.POSITIVE_INFINITY }), tariffs, calendar);
  return toFinalCharges(
    metering,
    splitByRate(start, Math.min(now, limit.at), at),
    now > limit.at ? heldFrom(limit) : { endedBy: { cause: 'now' } },
  );
};

/** A final charge as of an earlier time: its minutes up to then, and none if it starts later. */
export const priceUpTo = (charge: FinalCharge, until: number): FinalCharge[] => {
  const { start, end, minutes, amount } = charge;
  if (end <= until) return [charge];
  if (start >= until) return [];
  const counted = commencedMinutes(start, until);
  return [{ ...charge, end: until, minutes: counted, amount: (amount / BigInt(minutes)) * BigInt(counted) }];
};

/** A charge with its price, an open one as of its first minute: what is not billed is known then. */
export const priceStart = (charge: Charge, tariffs: TariffBook, calendar: Calendar): FinalCharge[] => {
  if (charge.kind === 'void') return [];
  if (charge.kind === 'final') return [charge];
  return priceOpenCharge(charge, tariffs, calendar, charge.start + 1);
};

export type HeldCharge = FinalCharge & { readonly held: Held };

export const isHeld = (charge: FinalCharge): charge is HeldCharge => charge.held !== undefined;

/** Time without a price: no resources, no price, or no count of its unit. Shown, not billed. */
export const isUnrated = ({
  pricePerHour,
  minutes,
}: Pick<FinalCharge, 'pricePerHour' | 'minutes'>): boolean => pricePerHour === undefined && minutes > 0;
