import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { isJsonMediaType } from '../media-type.ts';
import { Count, EventName, Id, SentTime, text } from './fields.ts';

// An event as it is sent. The descriptions of its members are in lib/http/openapi, to keep them out
// of the bundle that validates.

export const STATUS_TYPE = 'training.job.status';
export const RETRACTION_TYPE = 'training.job.retraction';

const TYPE_RULE = `must be one of ${STATUS_TYPE}, ${RETRACTION_TYPE}`;

const isJsonObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Unknown members are ignored, so that senders can add their own. */
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
    // It is an object already, so this is the message for a missing member.
    v.object(entries, 'is required'),
  );

/** A lone surrogate is refused: it cannot be stored as UTF-8. */
const Reason = text(
  /^[^\p{Cc}\p{Cs}]{1,1024}$/u,
  'must be 1 to 1024 characters, none of them a control character',
);

const Resources = v.pipe(
  object({ flavor: Id, gpu: v.optional(Count, 0), cpu: v.optional(Count, 0) }),
  v.check(({ gpu, cpu }) => gpu > 0 || cpu > 0, 'must have at least one gpu or cpu'),
);

const attributes = {
  specversion: v.literal('1.0', 'must be "1.0"'),
  source: EventName,
  id: EventName,
  /** The job id. */
  subject: Id,
  time: SentTime,
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
