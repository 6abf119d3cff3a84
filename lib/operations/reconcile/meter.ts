import type { Resources } from '../../billing/facts.ts';
import { billableIntervals } from '../../billing/intervals.ts';
import type { Lifecycle } from '../../billing/lifecycle.ts';
import { MINUTE_MS } from '../../billing/minutes.ts';
import { exactAmount } from '../../billing/money.ts';
import type { Calendar } from '../../billing/months.ts';
import { type RatedStretch, resourcesAt, splitByRate, stretchAt } from '../../billing/rating.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { ONE } from '../../sources/provider-figure.ts';

/** How seconds become minutes. `interval` is the rule here. */
export type Rounding = 'interval' | 'segment' | 'down' | 'nearest' | 'row' | 'none';

/** One way to count the minutes of a job. */
export interface Metering {
  readonly book: TariffBook;
  /** Its months: of a time zone, or the period of a bill. */
  readonly months: Pick<Calendar, 'monthOf'>;
  readonly rounding: Rounding;
}

/** The time that is compared: a usage month up to the provider's last update. */
export interface Scope {
  readonly month: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** Time of one job that counts at one price. */
export interface MeteredTime {
  /** Absent while no event has stated resources. */
  readonly flavor?: string;
  readonly time: bigint;
  /** Absent where it is unrated. */
  readonly money?: bigint;
  readonly pricePerHour?: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** `time` at a price. */
export const moneyAt = (time: bigint, pricePerHour: string): bigint =>
  (time * exactAmount(1n, pricePerHour)) / (ONE / 1000n);

/** The units that the provider counts where no price here says so. */
const milliUnitsOf = (stretch: RatedStretch, resources: Resources | undefined): number => {
  if (stretch.milliUnits !== undefined) return stretch.milliUnits;
  const { gpu, cpu, node } = resources?.milliUnits ?? {};
  return gpu ?? cpu ?? node ?? 0;
};

const meteredTimeOf = (stretch: RatedStretch, ms: number): MeteredTime => {
  const { flavor, pricePerHour, resources } = stretch;
  const milliUnitMs = BigInt(ms) * BigInt(milliUnitsOf(stretch, resources));
  const time = (milliUnitMs * ONE) / BigInt(1000 * MINUTE_MS);
  return {
    ...(flavor !== undefined && { flavor }),
    time,
    ...(pricePerHour !== undefined && { pricePerHour, money: moneyAt(time, pricePerHour) }),
  };
};

/** The stretches of a span, split where they end instead of at whole minutes. */
const splitExactly = (
  { start, end }: Span,
  at: (time: number) => RatedStretch,
): { readonly stretch: RatedStretch; readonly ms: number }[] => {
  const parts = [];
  for (let from = start; from < end; ) {
    const stretch = at(from);
    const until = Math.min(stretch.end, end);
    parts.push({ stretch, ms: until - from });
    from = until;
  }
  return parts;
};

/** An interval with its end where a rounding puts it. */
const roundedSpan = ({ start, end }: Span, rounding: Rounding): Span => {
  const minutes = (end - start) / MINUTE_MS;
  if (rounding === 'down') return { start, end: start + Math.floor(minutes) * MINUTE_MS };
  if (rounding === 'nearest') return { start, end: start + Math.round(minutes) * MINUTE_MS };
  return { start, end };
};

/** The statuses of an interval, each by itself. */
const segmentsOf = ({ start, end }: Span, { transitions }: Lifecycle): Span[] => {
  const steps = transitions
    .filter(({ status }, index) => status !== transitions[index - 1]?.status)
    .map(({ time }) => time)
    .filter((time) => time > start && time < end);
  const bounds = [...new Set([start, ...steps, end])];
  return bounds.slice(0, -1).map((from, index) => ({ start: from, end: bounds[index + 1] ?? end }));
};

const isExact = (rounding: Rounding): boolean => rounding === 'row' || rounding === 'none';

/**
 * The time of a job in the month of a scope. With the tariffs and the calendar here and `interval`
 * it is that of the job's charges up to the end of the scope (a test compares both).
 */
export const meterJob = (
  lifecycle: Lifecycle,
  metering: Metering,
  { month, until }: Scope,
): MeteredTime[] => {
  const { book, months, rounding } = metering;
  const at = stretchAt(resourcesAt(lifecycle.statedResources), book, months);
  const inMonth = <Part extends { readonly stretch: RatedStretch }>(parts: readonly Part[]) =>
    parts.filter(({ stretch }) => stretch.usageMonth === month);
  return billableIntervals(lifecycle, book).flatMap(({ openedBy, closedBy, limit }) => {
    const end = Math.min(closedBy?.time ?? limit.at, until);
    if (end <= openedBy.time) return [];
    const interval = { start: openedBy.time, end };
    const spans =
      rounding === 'segment' ? segmentsOf(interval, lifecycle) : [roundedSpan(interval, rounding)];
    return spans.flatMap((span) =>
      isExact(rounding)
        ? inMonth(splitExactly(span, at)).map(({ stretch, ms }) => meteredTimeOf(stretch, ms))
        : inMonth(splitByRate(span.start, span.end, at)).map(({ stretch, minutes }) =>
            meteredTimeOf(stretch, minutes * MINUTE_MS),
          ),
    );
  });
};

/** Since when time of the month is held, if any is. */
export const heldSince = (
  lifecycle: Lifecycle,
  { book, months }: Metering,
  { month, until }: Scope,
): number | undefined => {
  const [interval] = billableIntervals(lifecycle, book).filter(
    ({ closedBy, limit }) =>
      !closedBy && limit.at < until && months.monthOf(Math.max(limit.at, 0)).id <= month,
  );
  return interval?.limit.at;
};
