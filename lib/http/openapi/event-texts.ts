import { MAX_BATCH_EVENTS } from '../cloud-events.ts';

/** What the members of an event mean, by schema and member. The schemas themselves are in `event-schema.ts`; no function that validates carries these texts. */
const ATTRIBUTES = {
  specversion: 'The version of CloudEvents.',
  type: 'The kind of event.',
  source: 'Who reports: 1 to 256 printable ASCII characters.',
  id: 'The id of the event there. With `subject` and `source` it identifies the event, for ever.',
  subject: 'The job.',
  time: 'When it happened: RFC 3339 with an offset and at most 9 fractional digits, at most 5 minutes ahead and 400 days old. It counts to the millisecond.',
  datacontenttype: 'May be left out. A JSON media type.',
  data_base64: 'Not taken: send `data` as JSON.',
  data: 'What happened.',
};

interface Texts {
  readonly description: string;
  readonly members?: Readonly<Record<string, string>>;
}

export const EVENT_TEXTS: Readonly<Record<string, Texts>> = {
  Event: { description: 'A CloudEvent 1.0. Members that are not named here are ignored.' },
  EventBatch: { description: `At most ${MAX_BATCH_EVENTS} events, of any jobs and projects.` },
  StatusEvent: { description: 'A job entered a status.', members: ATTRIBUTES },
  StatusData: {
    description: 'The status a job entered. In binary mode this is the body.',
    members: {
      projectId: 'Required in every event. The earliest transition decides whose job it is.',
      status: 'The status that was entered. Which are billed is up to the tariff; by default `RUNNING`.',
      resources: 'At least once for each job. The first that are stated count.',
    },
  },
  EventResources: {
    description: 'What a job runs on. At least one of `gpu` and `cpu` is above 0.',
    members: {
      flavor: 'The flavor, by which the tariff has its price.',
      gpu: 'How many GPUs. They are billed if there are any, else the CPUs.',
      cpu: 'How many CPUs.',
    },
  },
  RetractionEvent: {
    description:
      'An earlier status event of the same `subject` was sent by mistake. It is ignored from then on, also if it arrives only later. A retraction is final: to undo one, send the status again under a new `id`.',
    members: ATTRIBUTES,
  },
  RetractionData: {
    description: 'The event that is taken back. In binary mode this is the body.',
    members: {
      projectId: 'The project of the job.',
      source: 'The `source` of the event that is taken back.',
      id: 'The `id` of the event that is taken back.',
      reason: 'Why: 1 to 1024 characters, none of them a control character.',
    },
  },
};
