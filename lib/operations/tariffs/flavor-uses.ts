import type { FinalCharge, OpenCharge } from '../../billing/charges.ts';
import type { Lifecycle } from '../../billing/lifecycle.ts';
import { exactAmount } from '../../billing/money.ts';
import { isFinal } from '../../billing/statuses.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { LiveCharge } from '../reads/live-charges.ts';

/** What depends on the price of a flavor. Amounts are exact. */
export interface FlavorUse {
  /** Jobs that have not ended, are not billed yet, or have time in the term of the new tariff. */
  jobs: number;
  /** Those of them that run on it now. */
  running: number;
  /** What the running jobs cost an hour, and how many of them are unrated. */
  readonly perHour: { before: bigint; after: bigint };
  readonly unrated: { before: number; after: number };
  /** What is counted for the usage months that are not closed. */
  unbilled: bigint;
}

/** A change of tariffs: the new one is in force from `from` until `until`. */
export interface TariffChange {
  readonly from: number;
  readonly until: number;
  readonly before: TariffBook;
  readonly after: TariffBook;
}

const noUse = (): FlavorUse => ({
  ...{ jobs: 0, running: 0, unbilled: 0n },
  ...{ perHour: { before: 0n, after: 0n }, unrated: { before: 0, after: 0 } },
});

/** Adds up how the flavors are used as of now, job by job. */
export const createFlavorUses = (
  { from, until, ...books }: TariffChange,
  { asOf, lastClosed = '' }: { readonly asOf: number; readonly lastClosed: string | undefined },
) => {
  const uses = new Map<string, FlavorUse>();
  const useOf = (flavor: string): FlavorUse => {
    const use = uses.get(flavor) ?? noUse();
    uses.set(flavor, use);
    return use;
  };
  /** When the running jobs have the new price. */
  const repricedAt = Math.max(from, asOf);

  const addRunning = ({ resources }: OpenCharge) => {
    if (!resources) return;
    const use = useOf(resources.flavor);
    use.running += 1;
    for (const when of ['before', 'after'] as const) {
      const { price } = books[when].rateAt(resources.flavor, repricedAt);
      const count = price && resources.milliUnits[price.unit];
      if (price && count) use.perHour[when] += exactAmount(BigInt(count), price.pricePerHour);
      else use.unrated[when] += 1;
    }
  };

  const isUnbilled = ({ usageMonth }: FinalCharge): boolean => usageMonth > lastClosed;
  const dependsOn = (charge: FinalCharge): boolean =>
    (charge.end > from && charge.start < until) || (until > asOf && isUnbilled(charge));

  return {
    /** Adds a job with its charges under the tariffs before. */
    add({ status, resources }: Lifecycle, charges: readonly LiveCharge[]) {
      const flavors = new Set<string | undefined>();
      // It runs, waits to run, or is held until its stop is reported.
      if (status && !isFinal(status) && until > asOf) flavors.add(resources?.flavor);
      for (const { open, charges: priced } of charges) {
        if (open && until > asOf) addRunning(open);
        for (const charge of priced) {
          const { flavor } = charge;
          if (flavor !== undefined && isUnbilled(charge)) useOf(flavor).unbilled += charge.amount;
          if (dependsOn(charge)) flavors.add(flavor);
        }
      }
      for (const flavor of flavors) if (flavor !== undefined) useOf(flavor).jobs += 1;
    },

    useOf: (flavor: string): Readonly<FlavorUse> => uses.get(flavor) ?? noUse(),
  };
};
