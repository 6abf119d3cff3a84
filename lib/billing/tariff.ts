import { DAY_MS } from './minutes.ts';
import type { Status } from './statuses.ts';

/**
 * A dated, immutable price list and billing rule, in force from `effectiveFrom` until the next one.
 * Of several revisions for one instant the highest wins.
 */
export interface Tariff {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly effectiveFrom: number;
  readonly revision: number;
  readonly currency: string;
  readonly billableStatuses: readonly Status[];
  /** Limit of one interval; time beyond it is held. */
  readonly maxRunningMs: number;
  /** Price per hour and unit by flavor, canonical decimal strings. */
  readonly pricePerHour: Readonly<Record<string, string>>;
}

export const tariffId = (tariff: Pick<Tariff, 'effectiveFrom' | 'revision'>): string =>
  `${new Date(tariff.effectiveFrom).toISOString()}#${tariff.revision}`;

/** The price of a flavor at an instant and how long it stays the same. */
export interface Rate {
  /** Absent where no tariff is in force or the tariff has no price for the flavor. */
  readonly pricePerHour?: string;
  readonly tariff?: Tariff;
  /** When the price changes next, epoch milliseconds; Infinity if never. */
  readonly until: number;
}

/** All published tariffs as one dated rule book. */
export interface TariffBook {
  /** Number of tariffs and revisions: the tariff version of the guard of charges. It only grows. */
  readonly seen: number;
  isBillable(status: Status, enteredAt: number): boolean;
  /** Whether any tariff or replaced revision bills the status: no others ever open a charge. */
  everBilled(status: Status): boolean;
  maxRunningAt(time: number): number;
  rateAt(flavor: string, time: number): Rate;
}

/** The rule where no tariff is in force: RUNNING time is metered and, without a price, unrated. */
const UNPRICED = { billableStatuses: ['RUNNING'] as readonly Status[], maxRunningMs: 28 * DAY_MS };

const NO_PRICES: Tariff['pricePerHour'] = {};

export const createTariffBook = (published: readonly Tariff[]): TariffBook => {
  const latest = new Map(
    published.toSorted((a, b) => a.revision - b.revision).map((tariff) => [tariff.effectiveFrom, tariff]),
  );
  const tariffs = [...latest.values()].sort((a, b) => a.effectiveFrom - b.effectiveFrom);

  const billed = new Set([UNPRICED, ...published].flatMap(({ billableStatuses }) => billableStatuses));

  const indexAt = (time: number) => tariffs.findLastIndex((tariff) => tariff.effectiveFrom <= time);
  const at = (time: number) => tariffs[indexAt(time)];
  const priceOf = (tariff: Tariff | undefined, flavor: string) => {
    const prices = tariff?.pricePerHour ?? NO_PRICES;
    return Object.hasOwn(prices, flavor) ? prices[flavor] : undefined;
  };

  return {
    seen: published.length,
    isBillable: (status, enteredAt) => (at(enteredAt) ?? UNPRICED).billableStatuses.includes(status),
    everBilled: (status) => billed.has(status),
    maxRunningAt: (time) => (at(time) ?? UNPRICED).maxRunningMs,
    rateAt: (flavor, time) => {
      const index = indexAt(time);
      const tariff = tariffs[index];
      const pricePerHour = priceOf(tariff, flavor);
      const next = tariffs.slice(index + 1).find((later) => priceOf(later, flavor) !== pricePerHour);
      return {
        until: next?.effectiveFrom ?? Number.POSITIVE_INFINITY,
        ...(pricePerHour !== undefined && { pricePerHour }),
        ...(tariff && { tariff }),
      };
    },
  };
};
