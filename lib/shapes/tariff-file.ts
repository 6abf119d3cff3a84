import { Temporal } from 'temporal-polyfill';
import * as v from 'valibot';
import { durationMs } from '../billing/duration.ts';
import { DAY_MS, MINUTE_MS } from '../billing/minutes.ts';
import { canonicalPrice, isPrice, PRICE_RULE } from '../billing/money.ts';
import { STATUSES } from '../billing/statuses.ts';
import { ID } from '../validation.ts';
import { Currency, isJsonObject, isUsableName, text, UNUSABLE_RULE, Unit } from './fields.ts';

const isInstant = (text: string): boolean => {
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text);
    return epochMilliseconds >= 0 && epochMilliseconds < Date.UTC(10_000, 0);
  } catch {
    return false;
  }
};

const isWholeMinutes = (text: string): boolean => {
  const ms = durationMs(text);
  return ms >= MINUTE_MS && ms <= 366 * DAY_MS && ms % MINUTE_MS === 0;
};

const LIMIT_RULE = 'must be a duration of whole minutes from 1m to 366d, like 28d or P28D';

/** How long an interval without a stop counts, in milliseconds. */
const limit = (byDefault: string) =>
  v.optional(
    v.pipe(v.string(LIMIT_RULE), v.check(isWholeMinutes, LIMIT_RULE), v.transform(durationMs)),
    byDefault,
  );

/** Other members than these are refused. */
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
    v.strictObject(entries, `is unknown: the members are ${Object.keys(entries).join(', ')}`),
  );

const Price = object({
  unit: Unit,
  pricePerHour: v.pipe(
    v.string(`must be ${PRICE_RULE}`),
    v.check(isPrice, `must be ${PRICE_RULE}`),
    v.transform(canonicalPrice),
  ),
});

const START_RULE = 'must be a date and time with an offset, like 2026-01-01T00:00:00Z';

/** A tariff file: times, durations and prices need not be in canonical form. */
export const TariffFile = object({
  name: text(/^[^\p{Cc}\p{Cs}]{1,128}$/u, 'must be 1 to 128 characters, none of them a control character'),
  effectiveFrom: v.pipe(
    v.string(START_RULE),
    v.check(isInstant, START_RULE),
    v.transform((text) => Temporal.Instant.from(text).epochMilliseconds),
  ),
  currency: Currency,
  billableStatuses: v.pipe(
    v.array(v.picklist(STATUSES, `must be one of ${STATUSES.join(', ')}`), 'must be a list of statuses'),
    v.nonEmpty('must name at least one status'),
    v.transform((statuses) => STATUSES.filter((status) => statuses.includes(status))),
  ),
  maxRunning: limit('P28D'),
  maxSilence: limit('P7D'),
  prices: v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object with the price of each flavor'),
    v.check((prices) => Object.keys(prices).every(isUsableName), UNUSABLE_RULE),
    v.record(text(ID, 'must be a flavor: 1 to 128 of A-Z a-z 0-9 . _ : -'), Price),
  ),
});
