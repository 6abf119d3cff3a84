import * as Instant from 'temporal-polyfill/fns/Instant';
import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { ID } from '../validation.ts';
import { isJsonMediaType } from './cloud-events.ts';

export const STATUS_TYPE = 'training.job.status';
export const RETRACTION_TYPE = 'training.job.retraction';

const TYPE_RULE = `must be one of ${STATUS_TYPE}, ${RETRACTION_TYPE}`;
const ID_RULE = 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -';
const NAME_RULE = 'must be 1 to 256 printable ASCII characters';
const TIME_RULE = 'must be an RFC 3339 timestamp with an offset and at most 9 fractional digits';
const COUNT_RULE = 'must be a whole number from 0 to 100000';
const REASON_RULE = 'must be 1 to 1024 characters, none of them a control character';

const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
/** Half a surrogate pair is no character: it cannot be stored as UTF-8. */
const REASON = /^[^\p{Cc}\p{Cs}]{1,1024}$/u;

const isRealTime = (text: string): boolean => {
  try {
    Instant.fromString(text);
    return true;
  } catch {
    return false;
  }
};

const isJsonObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that are not named are ignored, so that senders can add to their events. */
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
    // It is an object by now, so what this message speaks of is a member that is missing.
    v.object(entries, 'is required'),
  );

const text = (pattern: RegExp, rule: string) => v.pipe(v.string(rule), v.regex(pattern, rule));
const Id = text(ID, ID_RULE);
const Name = text(/^[\x20-\x7e]{1,256}$/, NAME_RULE);

const Count = v.optional(
  v.pipe(
    v.number(COUNT_RULE),
    v.integer(COUNT_RULE),
    v.minValue(0, COUNT_RULE),
    v.maxValue(100_000, COUNT_RULE),
  ),
  0,
);

const Resources = v.pipe(
  object({ flavor: Id, gpu: Count, cpu: Count }),
  v.check(({ gpu, cpu }) => gpu > 0 || cpu > 0, 'must have at least one gpu or cpu'),
);

export const Time = v.pipe(text(TIMESTAMP, TIME_RULE), v.check(isRealTime, 'must be a real date and time'));

const attributes = {
  specversion: v.literal('1.0', 'must be "1.0"'),
  source: Name,
  id: Name,
  /** The job. */
  subject: Id,
  time: Time,
  datacontenttype: v.nullish(
    v.pipe(v.string('must be a JSON media type'), v.check(isJsonMediaType, 'must be a JSON media type')),
  ),
  data_base64: v.optional(v.never('is not supported: send data as JSON')),
};

/** A job entered a status. */
export const StatusEvent = object({
  ...attributes,
  type: v.literal(STATUS_TYPE, TYPE_RULE),
  data: object({
    projectId: Id,
    status: v.picklist(STATUSES, `must be one of ${STATUSES.join(', ')}`),
    resources: v.optional(Resources),
  }),
});

/** An earlier status event of the same job, named by its source and id, was sent by mistake. */
export const RetractionEvent = object({
  ...attributes,
  type: v.literal(RETRACTION_TYPE, TYPE_RULE),
  data: object({ projectId: Id, source: Name, id: Name, reason: text(REASON, REASON_RULE) }),
});

/** An event of no known type: says so, and what else is wrong outside its data. */
export const UnknownEvent = object({ ...attributes, type: v.never(TYPE_RULE) });
