import { formatDigits, formatMinor } from '../../billing/money.ts';
import type { Budget, Threshold } from '../../store/budgets.ts';

/** 100% in hundredths of a percent. */
const WHOLE_BASIS_POINTS = 10_000n;

/** The money at which a threshold is crossed, rounded up to the minor unit. */
export const thresholdMinor = ({ minor }: Pick<Budget, 'minor'>, { at }: Pick<Threshold, 'at'>): bigint =>
  'minor' in at ? at.minor : (minor * BigInt(at.basisPoints) + WHOLE_BASIS_POINTS - 1n) / WHOLE_BASIS_POINTS;

/** As it was given: `80%`, `62.5%` or money. */
export const atText = ({ at }: Pick<Threshold, 'at'>, currency: string): string =>
  'minor' in at
    ? formatMinor(at.minor, currency)
    : `${formatDigits(BigInt(at.basisPoints), 2).replace(/\.?0+$/, '')}%`;
