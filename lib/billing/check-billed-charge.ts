import type { BilledCharge } from './billed-charge.ts';
import { commencedMinutes, MINUTE_MS } from './minutes.ts';
import { amountTimes60, exactAmount } from './money.ts';
import type { Calendar, Span } from './months.ts';

const iso = (time: number) => new Date(time).toISOString();

/** The message for an unexpected value. */
export const differs = (name: string, expected: unknown, found: unknown): string =>
  `${name}: expected ${expected}, found ${found}`;

const checkStart = ({ start, openedBy }: BilledCharge): string[] =>
  start >= openedBy.time && (start - openedBy.time) % MINUTE_MS === 0
    ? []
    : [`start: is not a whole number of minutes after ${iso(openedBy.time)}, when the interval opened`];

const checkMinutes = ({ start, end, minutes, usageMonth }: BilledCharge, month: Span): string[] => {
  const commenced = commencedMinutes(start, end);
  const lastStart = start + Math.max(commenced - 1, 0) * MINUTE_MS;
  return [
    ...(minutes === commenced ? [] : [differs('minutes', commenced, minutes)]),
    ...(start >= month.start && lastStart < month.end
      ? []
      : [`usageMonth: not every minute starts in ${usageMonth}, ${iso(month.start)} to ${iso(month.end)}`]),
  ];
};

/** Checks the end against its cause. A minute after a month end is found by `checkMinutes`. */
const checkEnd = ({ start, end, endedBy, held }: BilledCharge, month: Span): string[] => {
  const onMinute = (end - start) % MINUTE_MS === 0 ? [] : [`end: ${iso(end)} is inside a minute`];
  switch (endedBy.cause) {
    case 'fact':
      return end === endedBy.fact.time ? [] : [differs('end', iso(endedBy.fact.time), iso(end))];
    case 'limit':
      return !held || end === held.from ? [] : [differs('held from', iso(end), iso(held.from))];
    case 'month end':
      return end >= month.end ? onMinute : [...onMinute, `end: ${iso(end)} is before ${iso(month.end)}`];
    case 'price change':
    case 'resources change':
      return onMinute;
    case 'now':
      return ['endedBy: an open charge is not billed'];
  }
};

/**
 * Time is held beyond a limit only, and from the start of its interval only by a forbidden step.
 */
const checkHeld = ({ start, end, openedBy, endedBy, held }: BilledCharge): string[] => {
  if ((held !== undefined) !== (endedBy.cause === 'limit'))
    return ['held: time is held if, and only if, the charge ends at the limit'];
  const isHeldWhole = start === end && start === openedBy.time;
  return held === undefined || (held.cause === 'forbidden step') === isHeldWhole
    ? []
    : ['held: an interval is held whole if, and only if, a forbidden step opens it'];
};

const checkAmount = (charge: BilledCharge): string[] => {
  const { flavor, unit, milliUnits, statedBy, tariff, pricePerHour, minutes, amount } = charge;
  if ((flavor === undefined) !== (statedBy === undefined))
    return ['flavor and statedBy: are not stated together'];
  if ((milliUnits === undefined) !== (pricePerHour === undefined))
    return ['units and pricePerHour: are not stated together'];
  if (pricePerHour !== undefined && (flavor === undefined || unit === undefined || tariff === undefined))
    return ['pricePerHour: is stated without a flavor, a unit or a tariff'];
  const expected =
    pricePerHour === undefined ? 0n : exactAmount(BigInt(minutes) * BigInt(milliUnits ?? 0), pricePerHour);
  return amount === expected
    ? []
    : [differs('amountTimes60', amountTimes60(expected), amountTimes60(amount))];
};

/**
 * The errors of a charge by its own evidence; none if it proves itself (I8): its minutes are those
 * that commence between start and end, all in its month, its end follows from its cause, and its
 * amount is minutes x units x price.
 */
export const checkBilledCharge = (charge: BilledCharge, calendar: Calendar): string[] => {
  const { start, end, usageMonth, held } = charge;
  const isHeldWhole = held?.from === start && end === start;
  if (!(start < end || isHeldWhole)) return ['end: is not after the start'];
  const month = calendar.month(usageMonth);
  return [
    ...checkStart(charge),
    ...checkMinutes(charge, month),
    ...checkEnd(charge, month),
    ...checkHeld(charge),
    ...checkAmount(charge),
  ];
};
