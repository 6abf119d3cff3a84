import { type FinalCharge, isUnrated } from '../../billing/charges.ts';

/** What is named where a list of thousands would not fit: in an item of 400 KB. */
export const WAITS_NAMED = 5;

type Unrated = Pick<FinalCharge, 'flavor' | 'unit'>;

const waitsFor = ({ flavor, unit }: Unrated): string => {
  if (flavor === undefined) return 'resources';
  return unit === undefined ? `a price for ${flavor}` : `a count of ${unit}`;
};

const warning = ({ flavor, unit }: Unrated): string => {
  if (flavor === undefined) return 'no resources yet: billed once they are stated';
  return unit === undefined
    ? `no price yet: billed once a tariff has one for ${flavor}`
    : `no count of ${unit} yet: ${flavor} is priced per ${unit}, and billed once the job states one`;
};

const once = (charges: readonly FinalCharge[], text: (charge: Unrated) => string): string[] => [
  ...new Set(charges.filter(isUnrated).map(text)),
];

/** What the unrated charges wait for, if any are. */
export const waitsForView = (charges: readonly FinalCharge[]): { waitsFor?: string[] } => {
  const waiting = once(charges, waitsFor);
  return waiting.length > 0 ? { waitsFor: waiting } : {};
};

export const unratedWarnings = (charges: readonly FinalCharge[]): string[] => once(charges, warning);
