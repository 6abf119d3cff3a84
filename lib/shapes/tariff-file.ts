import { Temporal } from 'temporal-polyfill';
import * as v from 'valibot';
import { durationMs } from '../billing/duration.ts';
import { UNITS } from '../billing/facts.ts';
import { DAY_MS, MINUTE_MS } from '../billing/minutes.ts';
import { canonicalPrice, isPrice, PRICE_RULE } from '../billing/money.ts';
import { STATUSES } from '../billing/statuses.ts';
import { ID } from '../validation.ts';
import { isUsableName, text, UNUSABLE_RULE } from './fields.ts';

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

const LIMIT_RULE = 'must be an ISO 8601 duration of whole minutes from PT1M to P366D, like P28D';

/** How long an interval without a stop counts, in milliseconds. */
const limit = (byDefault: string) =>
  v.optional(
    v.pipe(v.string(LIMIT_RULE), v.check(isWholeMinutes, LIMIT_RULE), v.transform(durationMs)),
    byDefault,
  );

const Price = v.strictObject({
  unit: v.picklist(UNITS, `must be one of ${UNITS.join(', ')}`),
  pricePerHour: v.pipe(
    v.string(`must be ${PRICE_RULE}`),
    v.check(isPrice, `must be ${PRICE_RULE}`),
    v.transform(canonicalPrice),
  ),
});

/** A tariff file: times, durations and prices need not be in canonical form. */
export const TariffFile = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  effectiveFrom: v.pipe(
    v.string(),
    v.check(isInstant, 'must be a date and time with an offset, like 2026-01-01T00:00:00Z'),
    v.transform((text) => Temporal.Instant.from(text).epochMilliseconds),
  ),
  currency: v.string(),
  billableStatuses: v.pipe(
    v.array(v.picklist(STATUSES, `must be one of ${STATUSES.join(', ')}`)),
    v.nonEmpty('must name at least one status'),
    v.transform((statuses) => STATUSES.filter((status) => statuses.includes(status))),
  ),
  maxRunning: limit('P28D'),
  maxSilence: limit('P7D'),
  prices: v.pipe(
    v.unknown(),
    v.check((prices) => Object.keys(Object(prices)).every(isUsableName), UNUSABLE_RULE),
    v.record(text(ID, 'must be a flavor: 1 to 128 of A-Z a-z 0-9 . _ : -'), Price),
  ),
});
