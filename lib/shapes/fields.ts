import * as v from 'valibot';
import { UNITS } from '../billing/facts.ts';
import { parseInstant } from '../billing/instant.ts';
import { canonicalPrice, isCurrency, PRICE, PRICE_RULE, toMilli } from '../billing/money.ts';
import { isTimeZone } from '../billing/months.ts';
import { ID, ID_RULE, LABEL_KEY, MONTH, MONTH_RULE } from '../validation.ts';

// The rule of each kind of field, in events, in answers, and in answers that `verify` reads.

/** A text with a pattern; `rule` is the error of any other value. */
export const text = (pattern: RegExp, rule: string) => v.pipe(v.string(rule), v.regex(pattern, rule));

/** A job, project or flavor. */
export const Id = text(ID, ID_RULE);

/** The source or the id of an event. */
export const EventName = text(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters');

/** The digest of a statement. */
export const Digest = text(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');

/** YYYY-MM. */
export const Month = text(MONTH, MONTH_RULE);

/** A time as it is sent: RFC 3339 with an offset. */
export const SentTime = v.pipe(
  text(
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/,
    'must be an RFC 3339 timestamp with an offset and at most 9 fractional digits',
  ),
  v.check((time) => parseInstant(time) !== undefined, 'must be a real date and time'),
);

const TIME_RULE = 'must be a time in UTC with milliseconds, like 2026-10-01T08:00:00.000Z';

/** A time as it is answered: each instant has one representation. */
export const Time = v.pipe(
  text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, TIME_RULE),
  v.check((time) => {
    const ms = Date.parse(time);
    return !Number.isNaN(ms) && new Date(ms).toISOString() === time;
  }, TIME_RULE),
);

/** YYYY-MM-DD. */
export const Day = text(/^\d{4}-\d\d-\d\d$/, 'must be a day as YYYY-MM-DD');

export const TimeZone = v.pipe(
  v.string('must be an IANA time zone'),
  v.check(isTimeZone, 'must be an IANA time zone'),
);

export const Currency = v.pipe(
  text(/^[A-Z]{3}$/, 'must be an ISO 4217 code'),
  v.check(isCurrency, 'must be an ISO 4217 code'),
);

/** Money with the currency's own digits. */
export const Money = text(/^-?\d{1,30}(\.\d{1,4})?$/, 'must be a decimal string, like "14.40"');

/** An exact amount in sixtieths of the currency. */
export const AmountTimes60 = text(
  /^\d{1,30}(\.\d{1,15})?$/,
  'must be a decimal string with at most 15 digits after the point',
);

const CANONICAL_PRICE_RULE = `must be ${PRICE_RULE}, without redundant zeros`;

/** A price in canonical form. */
export const Price = v.pipe(
  text(PRICE, CANONICAL_PRICE_RULE),
  v.check((price) => canonicalPrice(price) === price, CANONICAL_PRICE_RULE),
);

export const Unit = v.picklist(UNITS, `must be one of ${UNITS.join(', ')}`);

const COUNT_RULE = 'must be a number from 0 to 100000 with at most 3 digits after the point';

/** How many GPUs, CPUs or nodes a job has; half a GPU is 0.5. */
export const Count = v.pipe(
  v.number(COUNT_RULE),
  v.check((count) => Number.isInteger(toMilli(count)), COUNT_RULE),
  v.minValue(0, COUNT_RULE),
  v.maxValue(100_000, COUNT_RULE),
);

const MINUTES_RULE = 'must be a whole number from 0 to 100000';

/** Minutes of one month. */
export const Minutes = v.pipe(
  v.number(MINUTES_RULE),
  v.safeInteger(MINUTES_RULE),
  v.minValue(0, MINUTES_RULE),
  v.maxValue(100_000, MINUTES_RULE),
);

/** Names that the validation of a record would drop. */
const UNUSABLE: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
export const isUsableName = (name: string): boolean => !UNUSABLE.has(name);
export const UNUSABLE_RULE = `must not name ${[...UNUSABLE].join(', ')}`;

export const isJsonObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MAX_LABELS = 16;
const MAX_LABEL_BYTES = 1024;

const LabelKey = text(LABEL_KEY, 'must be a key of 1 to 63 of A-Z a-z 0-9 . _ / -');
const LabelValue = text(
  /^[^\p{Cc}\p{Cs}]{0,128}$/u,
  'must be at most 128 characters, none of them a control character',
);

const labelBytes = (labels: Readonly<Record<string, string>>): number =>
  Buffer.byteLength(Object.entries(labels).flat().join(''));

/** Labels of a job: names of the sender's own choice. */
export const Labels = v.pipe(
  v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
  v.check((labels) => Object.keys(labels).every(isUsableName), UNUSABLE_RULE),
  v.check((labels) => Object.keys(labels).length <= MAX_LABELS, `must be at most ${MAX_LABELS} labels`),
  v.record(LabelKey, LabelValue),
  v.check((labels) => labelBytes(labels) <= MAX_LABEL_BYTES, 'must be at most 1 KB in all'),
);

const QUANTITY_RULE = 'must be a whole number';

/** A sum of minutes; in a correction it may be negative. */
export const Quantity = v.pipe(v.number(QUANTITY_RULE), v.safeInteger(QUANTITY_RULE));

/** A sum that is never negative. */
export const Total = v.pipe(Quantity, v.minValue(0, 'must not be negative'));

const UNIT_QUANTITY_RULE = 'must be a number with at most 3 digits after the point';

/** A sum of unit minutes; in a correction it may be negative. */
export const UnitQuantity = v.pipe(
  v.number(UNIT_QUANTITY_RULE),
  v.check((count) => Number.isSafeInteger(toMilli(count)), UNIT_QUANTITY_RULE),
);

/** A sum of unit minutes that is never negative. */
export const UnitTotal = v.pipe(UnitQuantity, v.minValue(0, 'must not be negative'));
