import { type Evidence, type Resources, type Transition, UNITS, type Unit } from './facts.ts';
import type { StatedResources } from './lifecycle.ts';
import { type MinuteRun, splitMinutes } from './minutes.ts';
import { exactAmount } from './money.ts';
import type { Calendar } from './months.ts';
import { type TariffBook, tariffId } from './tariff.ts';

/** What a charge counts. A member is absent where it is not known. */
export interface RatedUsage {
  /** Absent while no transition has stated resources. */
  readonly flavor?: string;
  /** The unit of the price; absent without a price for the flavor. */
  readonly unit?: Unit;
  /** The job's count of that unit in thousandths; absent if it is zero or not stated. */
  readonly milliUnits?: number;
  /** The event that stated the resources. */
  readonly statedBy?: Evidence;
  /** The tariff in force when the first minute starts. */
  readonly tariff?: string;
  /** Absent on an unrated charge: no resources, no price, or no count of the priced unit. */
  readonly pricePerHour?: string;
}

export const evidenceOf = ({ source, id, time }: Transition): Evidence => ({ source, id, time });

/** Compared by value: each fact has resources of its own. */
export const isSameResources = (a: Resources | undefined, b: Resources | undefined): boolean =>
  a?.flavor === b?.flavor && UNITS.every((unit) => a?.milliUnits[unit] === b?.milliUnits[unit]);

/** Resources over a stretch of time: `until` others are stated. */
export interface ResourcesInForce {
  readonly resources?: Resources | undefined;
  readonly statedBy?: Evidence | undefined;
  readonly until: number;
}

/** When others are stated, for each of them: senders state the same ones again and again. */
const changesAfter = (statedResources: readonly StatedResources[]): number[] => {
  let until = Number.POSITIVE_INFINITY;
  let later: StatedResources | undefined;
  const changes = statedResources.toReversed().map((stated) => {
    if (later && !isSameResources(later.resources, stated.resources)) until = later.from;
    later = stated;
    return until;
  });
  return changes.reverse();
};

/** The index of the last one that is in force at a time; -1 before the first. A binary search. */
const lastInForce = (statedResources: readonly StatedResources[], time: number): number => {
  let [from, to] = [0, statedResources.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if ((statedResources[middle]?.from ?? 0) <= time) from = middle + 1;
    else to = middle;
  }
  return from - 1;
};

/** The latest stated count; the first ones also hold before they were stated. */
export const resourcesAt = (statedResources: readonly StatedResources[]) => {
  const changes = changesAfter(statedResources);
  return (time: number): ResourcesInForce => {
    const inForce = Math.max(lastInForce(statedResources, time), 0);
    const stated = statedResources[inForce];
    return {
      ...(stated && { resources: stated.resources, statedBy: evidenceOf(stated.statedBy) }),
      until: changes[inForce] ?? Number.POSITIVE_INFINITY,
    };
  };
};

/** A stretch of time inside one month with one price and one count of its unit. */
export interface RatedStretch extends RatedUsage {
  readonly usageMonth: string;
  readonly end: number;
  /** The resources of its last minute. */
  readonly resources?: Resources | undefined;
}

/** What a running charge costs an hour, exact; nothing without a price. */
export const perHourOf = ({ milliUnits = 0, pricePerHour = '0' }: RatedUsage): bigint =>
  exactAmount(BigInt(milliUnits), pricePerHour);

/** A price counts its own unit only: a job without a count of it is unrated. */
const usageOf = (
  { flavor, milliUnits }: Resources,
  tariffs: TariffBook,
  time: number,
): { usage: RatedUsage; until: number } => {
  const { tariff, price, until } = tariffs.rateAt(flavor, time);
  const count = price && milliUnits[price.unit];
  return {
    until,
    usage: {
      flavor,
      ...(price && { unit: price.unit }),
      ...(price && count && { milliUnits: count, pricePerHour: price.pricePerHour }),
      ...(tariff && { tariff: tariffId(tariff) }),
    },
  };
};

/** Month, price and count at an instant, and how long all of them stay the same. */
export const stretchAt =
  (inForceAt: (time: number) => ResourcesInForce, tariffs: TariffBook, calendar: Pick<Calendar, 'monthOf'>) =>
  (time: number): RatedStretch => {
    const month = calendar.monthOf(time);
    const { resources, statedBy, until: restated } = inForceAt(time);
    const { usage, until: repriced } = resources
      ? usageOf(resources, tariffs, time)
      : { usage: {}, until: Number.POSITIVE_INFINITY };
    return {
      usageMonth: month.id,
      end: Math.min(month.end, restated, repriced),
      ...usage,
      ...(statedBy && { statedBy }),
      resources,
    };
  };

const isSameUsage = (a: RatedStretch, b: RatedStretch): boolean =>
  a.usageMonth === b.usageMonth &&
  a.flavor === b.flavor &&
  a.unit === b.unit &&
  a.milliUnits === b.milliUnits &&
  a.pricePerHour === b.pricePerHour;

/**
 * The minutes of `[start, end)`, split where month, price or count changes from one minute to the
 * next. A price or a count during which no minute starts has no effect.
 */
export const splitByRate = (
  start: number,
  end: number,
  at: (time: number) => RatedStretch,
): MinuteRun<RatedStretch>[] => {
  const runs: MinuteRun<RatedStretch>[] = [];
  for (const run of splitMinutes(start, end, at)) {
    const last = runs.at(-1);
    if (!last || !isSameUsage(last.stretch, run.stretch)) {
      runs.push(run);
      continue;
    }
    const { end: until, resources } = run.stretch;
    const stretch = { ...last.stretch, end: until, resources };
    runs.splice(-1, 1, { ...run, stretch, start: last.start, minutes: last.minutes + run.minutes });
  }
  return runs;
};
