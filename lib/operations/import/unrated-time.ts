import { type FinalCharge, isUnrated } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { Resources, Unit } from '../../billing/facts.ts';
import { fromMilli } from '../../billing/money.ts';
import { waitsForView } from '../reads/waits-for.ts';

/** Time without a price, by what it waits for. */
export interface UnratedTime {
  /** Absent while no resources are stated. */
  readonly flavor?: string;
  readonly waitsFor: string;
  /** No tariff is in force at that time. */
  readonly noTariff?: true;
  readonly minutes: number;
  /** Minutes times the count of each unit that the jobs state. */
  readonly unitMinutes: Readonly<Partial<Record<Unit, number>>>;
}

interface Sum extends Pick<UnratedTime, 'flavor' | 'waitsFor' | 'noTariff'> {
  minutes: number;
  readonly milliUnitMinutes: Map<Unit, number>;
}

const toView = ({ milliUnitMinutes, ...sum }: Sum): UnratedTime => ({
  ...sum,
  unitMinutes: Object.fromEntries([...milliUnitMinutes].map(([unit, milli]) => [unit, fromMilli(milli)])),
});

/** Adds up the time without a price. */
export const createUnratedTime = () => {
  const sums = new Map<string, Sum>();
  return {
    /** Adds a charge, which may have a price, of these resources. */
    add(charge: FinalCharge, resources: Resources | undefined) {
      if (!isUnrated(charge)) return;
      const { flavor, tariff, minutes } = charge;
      const { waitsFor: [waitsFor = ''] = [] } = waitsForView([charge]);
      const noTariff = flavor !== undefined && tariff === undefined;
      const key = `${waitsFor} ${noTariff}`;
      const sum: Sum = sums.get(key) ?? {
        ...(flavor !== undefined && { flavor }),
        waitsFor,
        ...(noTariff && { noTariff }),
        minutes: 0,
        milliUnitMinutes: new Map(),
      };
      sums.set(key, sum);
      sum.minutes += minutes;
      for (const [unit, milli] of Object.entries(resources?.milliUnits ?? {}) as [Unit, number][])
        sum.milliUnitMinutes.set(unit, (sum.milliUnitMinutes.get(unit) ?? 0) + minutes * milli);
    },

    /** The longest first. */
    result: (): UnratedTime[] =>
      [...sums.values()]
        .map(toView)
        .sort((a, b) => b.minutes - a.minutes || compareText(a.waitsFor, b.waitsFor)),
  };
};
