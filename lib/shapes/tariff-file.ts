import { Temporal } from 'temporal-polyfill';
import * as v from 'valibot';
import { durationMs } from '../billing/duration.ts';
import { DAY_MS, MINUTE_MS } from '../billing/minutes.ts';
import { canonicalPrice, isPrice, PRICE_RULE } from '../billing/money.ts';
import { STATUSES } from '../billing/statuses.ts';
import { ID } from '../validation.ts';
import { text } from './fields.ts';

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

/** Names that the validation of a record omits. */
const UNUSABLE: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

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
  maxRunning: v.pipe(
    v.string(),
    v.check(isWholeMinutes, 'must be an ISO 8601 duration of whole minutes from PT1M to P366D, like P28D'),
    v.transform(durationMs),
  ),
  pricePerHour: v.pipe(
    v.unknown(),
    v.check(
      (prices) => Object.keys(Object(prices)).every((flavor) => !UNUSABLE.has(flavor)),
      `must not name ${[...UNUSABLE].join(', ')}`,
    ),
    v.record(
      text(ID, 'must be a flavor: 1 to 128 of A-Z a-z 0-9 . _ : -'),
      v.pipe(
        v.string(`must be ${PRICE_RULE}`),
        v.check(isPrice, `must be ${PRICE_RULE}`),
        v.transform(canonicalPrice),
      ),
    ),
  ),
});
