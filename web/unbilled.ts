import type { Unit } from '../lib/billing/facts.ts';
import { unitName } from './units.ts';

interface Rated {
  readonly flavor?: string | undefined;
  readonly unit?: Unit | undefined;
  readonly units?: number | undefined;
  readonly pricePerHour?: string | undefined;
}

/** Whether a charge has no price, and so no amount. */
export const isUnrated = ({ pricePerHour, units }: Rated): boolean =>
  pricePerHour === undefined || units === undefined;

/** What time without a price waits for, as the end of a sentence: "billed once …". */
export const billedOnce = ({ flavor, unit }: Rated): string => {
  if (flavor === undefined) return 'billed once its resources are stated';
  if (unit === undefined) return `billed once ${flavor} has a price`;
  return `billed once it states its ${unitName(unit)} count, by which ${flavor} is priced`;
};
