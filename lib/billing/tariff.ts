import { compareText } from './compare-text.ts';
import type { Unit } from './facts.ts';
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
  /** How long an interval without a known stop counts; time beyond it is held. */
  readonly maxRunningMs: number;
  /** How long it counts after the latest fact of its job. */
  readonly maxSilenceMs: number;
  readonly prices: Readonly<Record<string, Price>>;
}

/** The price of one unit of a flavor. */
export interface Price {
  readonly unit: Unit;
  /** Canonical decimal string. */
  readonly pricePerHour: string;
}

export const tariffId = (tariff: Pick<Tariff, 'effectiveFrom' | 'revision'>): string =>
  `${new Date(tariff.effectiveFrom).toISOString()}#${tariff.revision}`;

/** The price of a flavor at an instant and how long it stays the same. */
export interface Rate {
  /** Absent where no tariff is in force or the tariff has no price for the flavor. */
  readonly price?: Price;
  readonly tariff?: Tariff;
  /** When the price changes next, epoch milliseconds; Infinity if never. */
  readonly until: number;
}

type Limits = Pick<Tariff, 'maxRunningMs' | 'maxSilenceMs'>;

/** All published tariffs as one dated rule book. */
export interface TariffBook {
  /** Number of tariffs and revisions: the tariff version of the guard of charges. It only grows. */
  readonly seen: number;
  isBillable(status: Status, enteredAt: number): boolean;
  /** Whether any tariff or replaced revision bills the status: no others ever open a charge. */
  everBilled(status: Status): boolean;
  limitsAt(time: number): Limits;
  rateAt(flavor: string, time: number): Rate;
}

/** The rule where no tariff is in force: RUNNING time is metered and, without a price, unrated. */
const UNPRICED = {
  billableStatuses: ['RUNNING'] as readonly Status[],
  maxRunningMs: 28 * DAY_MS,
  maxSilenceMs: 7 * DAY_MS,
};

const NO_PRICES: Tariff['prices'] = {};

const isSamePrice = (a: Price | undefined, b: Price | undefined): boolean =>
  a?.unit === b?.unit && a?.pricePerHour === b?.pricePerHour;

/** A flavor whose price differs between two tariffs: it is added, changed or dropped. */
export interface PriceChange {
  readonly flavor: string;
  /** Absent if it is added. */
  readonly before?: Price;
  /** Absent if it is dropped. */
  readonly after?: Price;
}

/** The flavors whose prices differ, by name. */
export const priceChanges = (before: Tariff['prices'], after: Tariff['prices']): PriceChange[] => {
  const [pricesBefore, pricesAfter] = [before, after].map((prices) => new Map(Object.entries(prices)));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText).flatMap((flavor) => {
    const [old, changed] = [pricesBefore?.get(flavor), pricesAfter?.get(flavor)];
    return isSamePrice(old, changed)
      ? []
      : [{ flavor, ...(old && { before: old }), ...(changed && { after: changed }) }];
  });
};

/** The tariffs that are ever in force, by start: of each instant the highest revision. */
export const tariffsInForce = (published: readonly Tariff[]): Tariff[] => {
  const latest = new Map(
    published.toSorted((a, b) => a.revision - b.revision).map((tariff) => [tariff.effectiveFrom, tariff]),
  );
  return [...latest.values()].sort((a, b) => a.effectiveFrom - b.effectiveFrom);
};

/** When a published tariff is in force. */
export interface TariffTerm {
  readonly tariff: Tariff;
  /** A tariff is replaced if its instant has a later revision. */
  readonly state: 'past' | 'in force' | 'scheduled' | 'replaced';
  /** The start of the next tariff. */
  readonly until?: number;
  /** The tariff in force before it. */
  readonly replaces?: Tariff;
}

/** The terms of all published tariffs, in their order. */
export const tariffTerms = (published: readonly Tariff[], now: number): TariffTerm[] => {
  const inForce = tariffsInForce(published);
  return published.map((tariff) => {
    const index = inForce.indexOf(tariff);
    if (index < 0) return { tariff, state: 'replaced' };
    const [replaces, next] = [inForce[index - 1], inForce[index + 1]];
    const isPast = next !== undefined && next.effectiveFrom <= now;
    return {
      tariff,
      state: isPast ? 'past' : tariff.effectiveFrom <= now ? 'in force' : 'scheduled',
      ...(next && { until: next.effectiveFrom }),
      ...(replaces && { replaces }),
    };
  });
};

export const createTariffBook = (published: readonly Tariff[]): TariffBook => {
  const tariffs = tariffsInForce(published);

  const billed = new Set([UNPRICED, ...published].flatMap(({ billableStatuses }) => billableStatuses));

  const indexAt = (time: number) => tariffs.findLastIndex((tariff) => tariff.effectiveFrom <= time);
  const at = (time: number) => tariffs[indexAt(time)];
  const priceOf = (tariff: Tariff | undefined, flavor: string) => {
    const prices = tariff?.prices ?? NO_PRICES;
    return Object.hasOwn(prices, flavor) ? prices[flavor] : undefined;
  };

  return {
    seen: published.length,
    isBillable: (status, enteredAt) => (at(enteredAt) ?? UNPRICED).billableStatuses.includes(status),
    everBilled: (status) => billed.has(status),
    limitsAt: (time) => at(time) ?? UNPRICED,
    rateAt: (flavor, time) => {
      const index = indexAt(time);
      const tariff = tariffs[index];
      const price = priceOf(tariff, flavor);
      const next = tariffs.slice(index + 1).find((later) => !isSamePrice(priceOf(later, flavor), price));
      return {
        until: next?.effectiveFrom ?? Number.POSITIVE_INFINITY,
        ...(price && { price }),
        ...(tariff && { tariff }),
      };
    },
  };
};
