import type { Unit } from '../../lib/billing/facts.ts';
import { timeText } from '../calendar.ts';
import { grouped } from '../money.ts';

/** An amount with its currency. */
export const Money = ({ amount, currency }: { readonly amount: string; readonly currency: string }) => (
  <span class="money">
    {grouped(amount)}
    <span class="currency"> {currency}</span>
  </span>
);

/** A number with thousands separated. */
export const count = (value: number): string => grouped(String(value));

/** "1 job", "2 jobs". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const UNITS = { gpu: 'GPU', cpu: 'CPU', node: 'node' } as const;

/** "2 GPUs", "0.5 GPU", "1 CPU". */
export const unitsText = (units: number, unit: Unit): string =>
  `${count(units)} ${UNITS[unit]}${units > 0 && units <= 1 ? '' : 's'}`;

/** "GPU", "CPU" or "node". */
export const unitName = (unit: Unit): string => UNITS[unit];

/** A point in time in the billing zone. */
export const Time = ({ at, zone }: { readonly at: string; readonly zone: string }) => (
  <time dateTime={at}>{timeText(at, zone)}</time>
);
