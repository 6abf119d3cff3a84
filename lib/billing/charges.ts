import type { EventRef, Fact, Resources, Transition } from './facts.ts';
import { billableIntervals } from './intervals.ts';
import { readLifecycle } from './lifecycle.ts';
import { type MinuteRun, splitMinutes } from './minutes.ts';
import { exactAmount } from './money.ts';
import type { Calendar } from './months.ts';
import { type TariffBook, tariffId } from './tariff.ts';

export type Unit = 'gpu' | 'cpu';

/** The event that opened or closed an interval, with its time: proves a charge's minutes. */
export interface Evidence extends EventRef {
  readonly time: number;
}

/** Why a charge ends. Only the last charge of an interval is ended by a fact. */
export type ChargeEnd =
  | { readonly cause: 'fact'; readonly fact: Evidence }
  | { readonly cause: 'month end' | 'price change' | 'limit' }
  /** Still running: only on an open charge that is priced for a reader. */
  | { readonly cause: 'now' };

/** Time beyond `maxRunning`: shown, never billed by itself. */
export interface Held {
  readonly from: number;
  /** Absent while the stop is not known. */
  readonly until?: number;
}

interface ChargeKey {
  readonly jobId: string;
  readonly projectId: string;
  readonly usageMonth: string;
  /** Start of its first minute, unique within the job. Epoch milliseconds, as all times. */
  readonly start: number;
}

interface Metered extends ChargeKey {
  /** Absent while no transition states resources. */
  readonly flavor?: string;
  readonly unit?: Unit;
  readonly units?: number;
  readonly openedBy: Evidence;
}

/** A part of a billable interval inside one month at one price. */
export interface FinalCharge extends Metered {
  readonly kind: 'final';
  readonly end: number;
  readonly endedBy: ChargeEnd;
  readonly minutes: number;
  /** The tariff in force when the first minute starts. */
  readonly tariff?: string;
  /** Absent on an unrated charge: no resources stated, or no price for the flavor. */
  readonly pricePerHour?: string;
  /** Exact, in sixtieths of the scaled price; 0n when unrated. */
  readonly amount: bigint;
  readonly held?: Held;
}

/** The charge in which an interval is still running: no end, no amount; priced when read. */
export interface OpenCharge extends Metered {
  readonly kind: 'open';
  readonly limit: number;
}

/** A charge that no longer follows from the facts, kept so that a stale write is refused. */
export interface VoidCharge extends ChargeKey {
  readonly kind: 'void';
}

export type Charge = FinalCharge | OpenCharge | VoidCharge;
export type DerivedCharge = FinalCharge | OpenCharge;

const evidenceOf = ({ source, id, time }: Transition): Evidence => ({ source, id, time });

/** Billable units: GPUs when there are any, else CPUs (a GPU flavor reports its CPUs too). */
export const billableUnits = ({
  flavor,
  gpu,
  cpu,
}: Resources): { flavor: string; unit: Unit; units: number } =>
  gpu > 0 ? { flavor, unit: 'gpu', units: gpu } : { flavor, unit: 'cpu', units: cpu };

/** A stretch of time inside one month at one price. */
interface PriceStretch {
  readonly usageMonth: string;
  readonly end: number;
  readonly cause: 'month end' | 'price change';
  readonly tariff?: string | undefined;
  readonly pricePerHour?: string | undefined;
}

const priceStretchAt =
  (flavor: string | undefined, tariffs: TariffBook, calendar: Calendar) =>
  (time: number): PriceStretch => {
    const month = calendar.monthOf(time);
    if (flavor === undefined) return { usageMonth: month.id, end: month.end, cause: 'month end' };
    const { tariff, pricePerHour, until } = tariffs.rateAt(flavor, time);
    return {
      usageMonth: month.id,
      end: Math.min(month.end, until),
      cause: until < month.end ? 'price change' : 'month end',
      tariff: tariff && tariffId(tariff),
      pricePerHour,
    };
  };

const isSamePrice = (a: PriceStretch, b: PriceStretch): boolean =>
  a.usageMonth === b.usageMonth && a.pricePerHour === b.pricePerHour;

/**
 * The minutes of `[start, end)`, split where the month or the price changes from one minute to the
 * next. A price during which no minute starts has no effect.
 */
const splitByPrice = (
  start: number,
  end: number,
  stretchAt: (time: number) => PriceStretch,
): MinuteRun<PriceStretch>[] => {
  const runs: MinuteRun<PriceStretch>[] = [];
  for (const run of splitMinutes(start, end, stretchAt)) {
    const last = runs.at(-1);
    if (!last || !isSamePrice(last.stretch, run.stretch)) {
      runs.push(run);
      continue;
    }
    const stretch = { ...run.stretch, tariff: last.stretch.tariff };
    runs.splice(-1, 1, { ...run, stretch, start: last.start, minutes: last.minutes + run.minutes });
  }
  return runs;
};

type Metering = Omit<Metered, 'usageMonth' | 'start'>;

const toFinalCharge = (
  metering: Metering,
  { stretch, start, end, minutes }: MinuteRun<PriceStretch>,
): FinalCharge => {
  const { usageMonth, cause, tariff, pricePerHour } = stretch;
  return {
    kind: 'final',
    ...metering,
    usageMonth,
    start,
    end,
    endedBy: { cause },
    minutes,
    ...(tariff !== undefined && { tariff }),
    ...(pricePerHour !== undefined && { pricePerHour }),
    amount:
      pricePerHour === undefined
        ? 0n
        : exactAmount(BigInt(minutes) * BigInt(metering.units ?? 0), pricePerHour),
  };
};

/** The last charge ends at the stop, or at the limit with the rest held. */
const endOfInterval = (stop: Evidence | undefined, limit: number): Pick<FinalCharge, 'endedBy' | 'held'> =>
  stop && stop.time <= limit
    ? { endedBy: { cause: 'fact', fact: stop } }
    : { endedBy: { cause: 'limit' }, held: { from: limit, ...(stop && { until: stop.time }) } };

const endLast = (
  charges: readonly FinalCharge[],
  end: Pick<FinalCharge, 'endedBy' | 'held'>,
): FinalCharge[] =>
  charges.map((charge, index) => (index === charges.length - 1 ? { ...charge, ...end } : charge));

/**
 * The charges that follow from a job's facts: the only function that makes charges.
 *
 * It reads no clock, so the same log always gives the same charges (I1): an interval with no end has
 * final charges up to the month of the latest fact or cutoff, and an open one there. The minutes of
 * an interval sum to ceil(duration / 60 s), up to its limit (I2).
 */
export const deriveCharges = (
  facts: readonly Fact[],
  tariffs: TariffBook,
  calendar: Calendar,
): DerivedCharge[] => {
  const { transitions, projectId, resources } = readLifecycle(facts);
  if (projectId === undefined) return [];
  const openFrom = calendar.month(latestMonth(facts, calendar)).start;

  return billableIntervals(transitions, tariffs).flatMap(({ openedBy, closedBy, limit }): DerivedCharge[] => {
    const metering = {
      jobId: openedBy.jobId,
      projectId,
      ...(resources && billableUnits(resources)),
      openedBy: evidenceOf(openedBy),
    };
    const stop = Math.min(closedBy?.time ?? Number.POSITIVE_INFINITY, limit);
    const runs = splitByPrice(openedBy.time, stop, priceStretchAt(metering.flavor, tariffs, calendar));
    const open = closedBy ? undefined : runs.find((run) => run.start >= openFrom);
    if (!open)
      return endLast(
        runs.map((run) => toFinalCharge(metering, run)),
        endOfInterval(closedBy && evidenceOf(closedBy), limit),
      );
    return [
      ...runs.filter((run) => run.start < open.start).map((run) => toFinalCharge(metering, run)),
      { kind: 'open', ...metering, usageMonth: open.stretch.usageMonth, start: open.start, limit },
    ];
  });
};

/** The month of the latest fact or cutoff. Facts only grow, so it never goes back. */
export const latestMonth = (facts: readonly Fact[], calendar: Calendar): string => {
  const times = facts.map((fact) => (fact.kind === 'cutoff' ? calendar.month(fact.month).start : fact.time));
  return calendar.monthOf(times.reduce((a, b) => Math.max(a, b))).id;
};

/** The cost of an open charge until `now`: for a reader, never stored. */
export const priceOpenCharge = (
  open: OpenCharge,
  tariffs: TariffBook,
  calendar: Calendar,
  now: number,
): FinalCharge[] => {
  const { kind: _, limit, start, usageMonth: __, ...metering } = open;
  const runs = splitByPrice(start, Math.min(now, limit), priceStretchAt(metering.flavor, tariffs, calendar));
  return endLast(
    runs.map((run) => toFinalCharge(metering, run)),
    now > limit ? endOfInterval(undefined, limit) : { endedBy: { cause: 'now' } },
  );
};

/** Time without a price: no resources stated, or no price for the flavor. Shown, not billed. */
export const isUnrated = (charge: FinalCharge): boolean => charge.pricePerHour === undefined;
