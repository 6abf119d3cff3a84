import * as v from 'valibot';
import { isoDurationMs } from '../billing/duration.ts';
import { DAY_MS, SECOND_MS } from '../billing/minutes.ts';
import { STATUSES } from '../billing/statuses.ts';
import { isJsonMediaType } from '../media-type.ts';
import { Count, EventName, Id, isJsonObject, Labels, SentTime, text } from './fields.ts';

// An event as it is sent. The descriptions of its members are in lib/http/openapi, to keep them out
// of the bundle that validates.

export const STATUS_TYPE = 'training.job.status';
export const RETRACTION_TYPE = 'training.job.retraction';

const TYPE_RULE = `must be one of ${STATUS_TYPE}, ${RETRACTION_TYPE}`;

/** Members that are not named are ignored, so that senders can add to their events. */
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
    // It is an object already, so this is the message for a missing member.
    v.object(entries, 'is missing'),
  );

/** A lone surrogate is refused: it cannot be stored as UTF-8. */
const Reason = text(
  /^[^\p{Cc}\p{Cs}]{1,1024}$/u,
  'must be 1 to 1024 characters, none of them a control character',
);

const Resources = v.pipe(
  object({
    flavor: Id,
    gpu: v.optional(Count, 0),
    cpu: v.optional(Count, 0),
    node: v.optional(Count, 0),
  }),
  v.check(({ gpu, cpu, node }) => gpu > 0 || cpu > 0 || node > 0, 'must have a gpu, cpu or node count'),
);

const TIMEOUT_RULE = 'must be an ISO 8601 duration from PT1S to P366D, like P7D';
const isTimeout = (ms: number): boolean => Number.isInteger(ms) && ms >= SECOND_MS && ms <= 366 * DAY_MS;

const Timeout = v.pipe(v.string(TIMEOUT_RULE), v.transform(isoDurationMs), v.check(isTimeout, TIMEOUT_RULE));

const JSON_RULE = 'must be a JSON media type of at most 512 characters';

const attributes = {
  specversion: v.literal('1.0', 'must be "1.0"'),
  source: EventName,
  id: EventName,
  /** The job id. */
  subject: Id,
  time: SentTime,
  datacontenttype: v.nullish(v.pipe(v.string(JSON_RULE), v.check(isJsonMediaType, JSON_RULE))),
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
    labels: v.optional(Labels),
    timeout: v.optional(Timeout),
  }),
});
export type StatusEvent = v.InferOutput<typeof StatusEvent>;

/** Retracts an earlier status event of the same job, given by its source and id. */
export const RetractionEvent = object({
  ...attributes,
  type: v.literal(RETRACTION_TYPE, TYPE_RULE),
  data: object({ projectId: Id, source: EventName, id: EventName, reason: Reason }),
});
export type RetractionEvent = v.InferOutput<typeof RetractionEvent>;

/** An event of unknown type: an error for its type, and for its other attributes. */
export const UnknownEvent = object({ ...attributes, type: v.never(TYPE_RULE) });
