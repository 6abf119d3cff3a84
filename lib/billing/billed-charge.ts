import type { ChargeEnd, Evidence, FinalCharge, Held, Unit } from './charges.ts';

/** The content of a final charge as a statement bills it; zero minutes bill nothing. */
export interface BilledCharge {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  readonly end: number;
  readonly flavor?: string;
  readonly unit?: Unit;
  readonly units?: number;
  readonly tariff?: string;
  readonly pricePerHour?: string;
  readonly minutes: number;
  /** Exact, in sixtieths of the scaled price. */
  readonly amount: bigint;
  readonly openedBy: Evidence;
  readonly endedBy: ChargeEnd;
  readonly held?: Held;
}

/** Drops every other attribute of a stored charge. A close makes millions: one object for each. */
export const toBilledCharge = (charge: FinalCharge): BilledCharge => {
  const { jobId, usageMonth, start, end, minutes, amount, openedBy, endedBy } = charge;
  const { flavor, unit, units, tariff, pricePerHour, held } = charge;
  const billed: { -readonly [Name in keyof BilledCharge]: BilledCharge[Name] } = {
    jobId,
    usageMonth,
    start,
    end,
    minutes,
    amount,
    openedBy,
    endedBy,
  };
  if (flavor !== undefined) billed.flavor = flavor;
  if (unit !== undefined) billed.unit = unit;
  if (units !== undefined) billed.units = units;
  if (tariff !== undefined) billed.tariff = tariff;
  if (pricePerHour !== undefined) billed.pricePerHour = pricePerHour;
  if (held) billed.held = held;
  return billed;
};

/** Whether two contents bill the same; their evidence may differ. */
export const isSameBilling = (a: BilledCharge | undefined, b: BilledCharge | undefined): boolean =>
  a?.minutes === b?.minutes &&
  a?.flavor === b?.flavor &&
  a?.unit === b?.unit &&
  a?.units === b?.units &&
  a?.pricePerHour === b?.pricePerHour &&
  a?.held?.from === b?.held?.from;
