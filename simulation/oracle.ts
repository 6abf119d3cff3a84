import type { ReportedFact, Resources, Transition } from '../lib/billing/facts.ts';
import type { Status } from '../lib/billing/statuses.ts';
import type { Tariff } from '../lib/billing/tariff.ts';

/**
 * What must be billed, computed minute by minute. Shares only types with the real rules, so that a
 * defect is not repeated here.
 */

/** Consecutive minutes of one interval, in one month, at one price. */
export interface Piece {
  readonly jobId: string;
  readonly projectId: string;
  readonly usageMonth: string;
  readonly start: number;
  end: number;
  minutes: number;
  readonly openedBy: string;
  readonly flavor: string | undefined;
  readonly unit: 'gpu' | 'cpu' | undefined;
  readonly units: number | undefined;
  readonly pricePerHour: string | undefined;
  heldFrom?: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAYS_28 = 28 * 24 * HOUR;

/** Month of an instant, computed once per hour: no month of these zones starts within an hour. */
const createMonthAt = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit' });
  const known = new Map<number, string>();
  return (time: number): string => {
    const hour = Math.floor(time / HOUR);
    const month = known.get(hour) ?? format.format(hour * HOUR).slice(0, 7);
    known.set(hour, month);
    return month;
  };
};

/** Month of an instant, by billing time zone. */
export const MONTH_AT = { UTC: createMonthAt('UTC'), 'Europe/Paris': createMonthAt('Europe/Paris') } as const;

/** Order of statuses at the same instant. */
const ORDER: readonly (readonly Status[])[] = [
  ['RESTARTING'],
  ['QUEUED'],
  ['INITIALIZING'],
  ['PENDING'],
  ['RUNNING'],
  ['INTERRUPTING', 'TIMEOUT'],
  ['FINALIZING'],
  ['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'],
];

const rank = (status: Status) => ORDER.findIndex((statuses) => statuses.includes(status));
const text = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

const inOrder = (facts: readonly ReportedFact[]): Transition[] => {
  const retracted = facts.flatMap((fact) => (fact.kind === 'retraction' ? [fact.retracts] : []));
  return facts
    .flatMap((fact) => (fact.kind === 'transition' ? [fact] : []))
    .filter((fact) => !retracted.some(({ source, id }) => source === fact.source && id === fact.id))
    .sort(
      (a, b) =>
        a.time - b.time || rank(a.status) - rank(b.status) || text(a.source, b.source) || text(a.id, b.id),
    );
};

const tariffAt = (tariffs: readonly Tariff[], time: number): Tariff | undefined => {
  let inForce: Tariff | undefined;
  for (const tariff of tariffs) {
    if (tariff.effectiveFrom > time) continue;
    const later = inForce === undefined || tariff.effectiveFrom > inForce.effectiveFrom;
    const revised = inForce?.effectiveFrom === tariff.effectiveFrom && tariff.revision > inForce.revision;
    if (later || revised) inForce = tariff;
  }
  return inForce;
};

const unitsOf = (resources: Resources | undefined) => {
  if (!resources) return { flavor: undefined, unit: undefined, units: undefined };
  const { flavor, gpu, cpu } = resources;
  return gpu > 0
    ? { flavor, unit: 'gpu' as const, units: gpu }
    : { flavor, unit: 'cpu' as const, units: cpu };
};

/** All pieces of a job in the end: an interval without a stop runs to its limit. */
export const walkJob = (
  facts: readonly ReportedFact[],
  tariffs: readonly Tariff[],
  monthAt: (time: number) => string,
): Piece[] => {
  const transitions = inOrder(facts);
  const first = transitions[0];
  if (!first) return [];
  const { jobId, projectId } = first;
  const metered = unitsOf(transitions.find(({ resources }) => resources)?.resources);
  const priceAt = (time: number) =>
    metered.flavor === undefined ? undefined : tariffAt(tariffs, time)?.pricePerHour[metered.flavor];
  const pieces: Piece[] = [];

  const walk = (opened: Transition, stop: number) => {
    const limit = opened.time + (tariffAt(tariffs, opened.time)?.maxRunningMs ?? DAYS_28);
    const end = Math.min(stop, limit);
    let piece: Piece | undefined;
    for (let minute = opened.time; minute < end; minute += MINUTE) {
      const usageMonth = monthAt(minute);
      const pricePerHour = priceAt(minute);
      if (piece?.usageMonth !== usageMonth || piece.pricePerHour !== pricePerHour) {
        const openedBy = opened.id;
        piece = {
          jobId,
          projectId,
          usageMonth,
          start: minute,
          end,
          minutes: 0,
          openedBy,
          ...metered,
          pricePerHour,
        };
        pieces.push(piece);
      }
      piece.minutes += 1;
      piece.end = Math.min(minute + MINUTE, end);
    }
    if (piece && stop > limit) piece.heldFrom = limit;
  };

  let opened: Transition | undefined;
  for (const transition of transitions) {
    const billable = tariffAt(tariffs, transition.time)?.billableStatuses ?? ['RUNNING'];
    if (billable.includes(transition.status)) opened ??= transition;
    else if (opened) {
      walk(opened, transition.time);
      opened = undefined;
    }
  }
  if (opened) walk(opened, Number.POSITIVE_INFINITY);
  return pieces;
};

const DIGITS: Readonly<Record<string, number>> = { EUR: 2, JPY: 0, KWD: 3 };

/** Cost of unit minutes in minor units, half up. */
export const priceOf = (unitMinutes: number, pricePerHour: string, currency: string): bigint => {
  const [whole = '0', decimals = ''] = pricePerHour.split('.');
  const hours = 60n * 10n ** BigInt(decimals.length);
  const exact = BigInt(unitMinutes) * BigInt(whole + decimals) * 10n ** BigInt(DIGITS[currency] ?? 2);
  return exact / hours + ((exact % hours) * 2n >= hours ? 1n : 0n);
};
