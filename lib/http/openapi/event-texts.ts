import { MAX_BATCH_EVENTS } from '../cloud-events.ts';

/**
 * Descriptions of events, by schema and member. They are kept apart from the schemas to keep them
 * out of the bundles that validate.
 */
const ATTRIBUTES = {
  specversion: 'The version of CloudEvents.',
  type: 'The kind of event.',
  source: 'The system that reports: 1 to 256 printable ASCII characters.',
  id: 'The id of the event, unique within its source. Together with `subject` and `source` it identifies the event for ever.',
  subject: 'The job.',
  time: 'Time of the event: RFC 3339 with an offset and at most 9 fractional digits, at most 5 minutes ahead and 400 days old. Events are ordered by it at full precision; minutes are counted to the millisecond.',
  datacontenttype: 'Optional. A JSON media type of at most 512 characters.',
  data_base64: 'Not supported: send `data` as JSON.',
  data: 'The content of the event.',
};

interface Texts {
  readonly description: string;
  readonly members?: Readonly<Record<string, string>>;
}

export const EVENT_TEXTS: Readonly<Record<string, Texts>> = {
  Event: { description: 'A CloudEvent 1.0. Unknown members are ignored.' },
  EventBatch: { description: `At most ${MAX_BATCH_EVENTS} events, of any jobs and projects.` },
  StatusEvent: { description: 'A job entered a status.', members: ATTRIBUTES },
  StatusData: {
    description: 'The status a job entered. In binary mode this is the body.',
    members: {
      projectId: 'The project. The job is identified by it and `subject`.',
      status:
        'The status that was entered. The tariff decides which statuses are billed; by default `RUNNING`.',
      resources:
        'Required at least once per job. They are in force from `time` on, until others are stated; before the first ones stated, those.',
      labels:
        'Names of your own choice, e.g. `team`, to group usage by: at most 16 and 1 KB in all; keys of 1 to 63 of `A-Z a-z 0-9 . _ / -`, values of at most 128 characters. The first ones stated count for the whole job.',
      timeout:
        'The longest run that the platform allows, an ISO 8601 duration from PT1S to P366D. A run without a stop is billed up to it.',
    },
  },
  EventResources: {
    description:
      'The resources a job runs on. At least one count is above 0. Counts may have three digits after the point: half a GPU is 0.5.',
    members: {
      flavor: 'The flavor, which the tariff prices.',
      gpu: 'Number of GPUs. Billed if the price of the flavor is per GPU.',
      cpu: 'Number of CPUs. Billed if the price of the flavor is per CPU.',
      node: 'Number of nodes. Billed if the price of the flavor is per node.',
    },
  },
  RetractionEvent: {
    description:
      'Retracts a status event of the same `subject` that was sent by mistake; it is ignored, even if it arrives after the retraction. A retraction is final: to undo one, send the status again under a new `id`.',
    members: ATTRIBUTES,
  },
  RetractionData: {
    description: 'The retracted event. In binary mode this is the body.',
    members: {
      projectId: 'The project of the job.',
      source: 'The `source` of the retracted event.',
      id: 'The `id` of the retracted event.',
      reason: 'The reason: 1 to 1024 characters without control characters.',
    },
  },
};
