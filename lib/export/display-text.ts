import type { Unit } from '../billing/facts.ts';

const NARROW_SPACE = '\u202f';
const MINUS = '\u2212';

/** A decimal string with thousands separated and a real minus: "-1234.50" is "−1 234.50". */
export const grouped = (decimal: string): string => {
  const [whole = '', decimals] = decimal.replace('-', '').split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
  return `${decimal.startsWith('-') ? MINUS : ''}${spaced}${decimals === undefined ? '' : `.${decimals}`}`;
};

/** A number with thousands separated. */
export const count = (value: number): string => grouped(String(value));

/** "1 job", "2 jobs". */
export const counted = (value: number, one: string): string =>
  `${count(value)} ${one}${value === 1 ? '' : 's'}`;

const UNIT_NAMES: Readonly<Record<Unit, string>> = { gpu: 'GPU', cpu: 'CPU', node: 'node' };

/** "GPU", "CPU" or "node". */
export const unitName = (unit: Unit): string => UNIT_NAMES[unit];

/** `2026-10` as October 2026. */
export const monthName = (month: string): string =>
  new Date(`${month}-01`).toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** "3 Oct 2026, 09:00:10" in a time zone. */
export const timeText = (time: string, timeZone: string): string =>
  new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone });
