import type { ChargeEnd, FinalCharge, Held } from './charges.ts';
import type { Evidence, Labels } from './facts.ts';
import type { RatedUsage } from './rating.ts';

/** The content of a final charge as a statement bills it; zero minutes bill nothing. */
export interface BilledCharge extends RatedUsage {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  readonly end: number;
  readonly minutes: number;
  /** Exact, in sixtieths of the scaled price. */
  readonly amount: bigint;
  readonly openedBy: Evidence;
  readonly endedBy: ChargeEnd;
  readonly held?: Held;
  readonly labels?: Labels;
}

/** Drops every other attribute of a stored charge. A close makes millions: one object for each. */
export const toBilledCharge = (charge: FinalCharge): BilledCharge => {
  const { jobId, usageMonth, start, end, minutes, amount, openedBy, endedBy } = charge;
  const { flavor, unit, milliUnits, statedBy, tariff, pricePerHour, held, labels } = charge;
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
  if (milliUnits !== undefined) billed.milliUnits = milliUnits;
  if (statedBy) billed.statedBy = statedBy;
  if (tariff !== undefined) billed.tariff = tariff;
  if (pricePerHour !== undefined) billed.pricePerHour = pricePerHour;
  if (held) billed.held = held;
  if (labels) billed.labels = labels;
  return billed;
};

/** Whether two contents bill the same; their evidence may differ. */
export const isSameBilling = (a: BilledCharge | undefined, b: BilledCharge | undefined): boolean =>
  a?.minutes === b?.minutes &&
  a?.flavor === b?.flavor &&
  a?.unit === b?.unit &&
  a?.milliUnits === b?.milliUnits &&
  a?.pricePerHour === b?.pricePerHour &&
  a?.held?.from === b?.held?.from;
