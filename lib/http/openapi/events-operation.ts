import { MAX_BATCH_EVENTS } from '../cloud-events.ts';
import { MAX_BODY_BYTES } from '../http-request.ts';
import {
  CONFLICT,
  NO_SUBJECT,
  RECORDED_EVENTS,
  RETRACTION_EVENT,
  STATUS_EVENT,
  UNSIGNED,
} from './examples.ts';
import { EVENT_HEADERS } from './parameters.ts';
import { GATEWAY_RESPONSES, problemResponses } from './problems.ts';
import { schemaRef } from './schemas.ts';
import type { Operation } from './types.ts';

const STATUS = { summary: 'A job entered a status', value: STATUS_EVENT };
const RETRACTION = { summary: 'An event is retracted', value: RETRACTION_EVENT };

const DESCRIPTION = `Records job events. Events may arrive in any order and repeatedly: transitions of a job are ordered by \`time\`, and duplicates are ignored.

The body has at most ${MAX_BODY_BYTES / 1024 / 1024} MiB. A batch with an invalid event is refused as a whole. If an event conflicts with a recorded one, the other events of the batch are recorded.

**The signature does not cover the \`ce-\` headers of binary mode**, so an intermediary that can change headers can change the job and the time of an event. Prefer structured or batch mode, in which the signature covers the whole event.

After 429, 500, 503 or a lost connection, send the same events again, with a new signature: recorded ones are \`duplicate\`.`;

/** `POST /v1/events`. */
export const RECORD_EVENTS: Operation = {
  operationId: 'recordEvents',
  tags: ['Events'],
  summary: 'Send events',
  description: DESCRIPTION,
  security: [{ webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
  parameters: EVENT_HEADERS,
  requestBody: {
    description:
      'Structured mode: one event. Batch mode: a list of events. Binary mode: the `data` of one event, whose attributes are in `ce-` headers; `application/json` or any other `application/…+json`.',
    required: true,
    content: {
      'application/cloudevents+json': {
        schema: schemaRef('Event'),
        examples: { status: STATUS, retraction: RETRACTION },
      },
      'application/cloudevents-batch+json': {
        schema: schemaRef('EventBatch'),
        examples: { batch: { summary: 'Two events', value: [STATUS_EVENT, RETRACTION_EVENT] } },
      },
      'application/json': {
        schema: {
          description: 'With `ce-` headers the data of an event, otherwise an event.',
          anyOf: [schemaRef('Event'), schemaRef('StatusData'), schemaRef('RetractionData')],
        },
        examples: {
          structured: STATUS,
          binary: { summary: 'Binary mode: the data alone', value: STATUS_EVENT.data },
        },
      },
    },
  },
  responses: {
    '202': {
      description: 'The events are stored. Charges follow shortly after.',
      content: {
        'application/json': {
          schema: schemaRef('RecordedEvents'),
          examples: { recorded: { summary: 'One duplicate', value: RECORDED_EVENTS } },
        },
      },
    },
    ...problemResponses({
      'not-json': {},
      unauthenticated: {
        description: 'A header is missing, the timestamp is off, or no signature matches.',
        examples: { unsigned: { summary: 'No signature', value: UNSIGNED } },
      },
      conflict: { examples: { conflict: { summary: 'Recorded with other content', value: CONFLICT } } },
      'too-large': { description: `Over 1 MiB or ${MAX_BATCH_EVENTS} events: send smaller batches.` },
      'unsupported-media-type': {},
      invalid: { examples: { subject: { summary: 'An event without a job', value: NO_SUBJECT } } },
    }),
    ...GATEWAY_RESPONSES,
  },
};
