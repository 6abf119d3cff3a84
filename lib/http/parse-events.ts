import { hash } from 'node:crypto';
import * as Instant from 'temporal-polyfill/fns/Instant';
import * as v from 'valibot';
import { compareText } from '../billing/compare-text.ts';
import { type ReportedFact, type Resources, UNITS } from '../billing/facts.ts';
import { DAY_MS, MINUTE_MS } from '../billing/minutes.ts';
import { toMilli } from '../billing/money.ts';
import { type InputError, Refusal } from '../refusal.ts';
import { RETRACTION_TYPE, RetractionEvent, STATUS_TYPE, StatusEvent, UnknownEvent } from '../shapes/event.ts';
import { SentTime } from '../shapes/fields.ts';
import { inputErrors } from '../validation.ts';
import { type SentEvent, sentEvents } from './cloud-events.ts';
import type { HttpRequest } from './http-request.ts';

const MAX_AHEAD_MS = 5 * MINUTE_MS;
const MAX_AGE_MS = 400 * DAY_MS;

/** A valid event. Events with the same identity and fingerprint are duplicates. */
export interface ParsedEvent {
  readonly fact: ReportedFact;
  /** SHA-256 (hex) over the validated fields, the time as an instant at full precision. */
  readonly fingerprint: string;
}

type ValidEvent = StatusEvent | RetractionEvent;

const OfStatusType = v.object({ type: v.literal(STATUS_TYPE) });
const OfRetractionType = v.object({ type: v.literal(RETRACTION_TYPE) });
const WithTime = v.object({ time: SentTime });

const validate = (event: unknown) => {
  const config = { abortPipeEarly: true };
  if (v.is(OfStatusType, event)) return v.safeParse(StatusEvent, event, config);
  if (v.is(OfRetractionType, event)) return v.safeParse(RetractionEvent, event, config);
  const { issues } = v.safeParse(UnknownEvent, event, config);
  return { success: false as const, output: undefined, issues };
};

type SentResources = NonNullable<StatusEvent['data']['resources']>;

/** A count of zero is none. */
const toResources = (sent: SentResources): Resources => ({
  flavor: sent.flavor,
  milliUnits: Object.fromEntries(
    UNITS.flatMap((unit) => (sent[unit] > 0 ? [[unit, toMilli(sent[unit])]] : [])),
  ),
});

const NANOS_PER_MS = 1_000_000n;

/** Nanoseconds within the millisecond. */
const nanosOf = ({ epochNanoseconds }: Instant.Record): number =>
  Number(((epochNanoseconds % NANOS_PER_MS) + NANOS_PER_MS) % NANOS_PER_MS);

const toFact = (event: ValidEvent, time: Instant.Record): ReportedFact => {
  const common = { jobId: event.subject, source: event.source, id: event.id, time: time.epochMilliseconds };
  if (event.type === RETRACTION_TYPE) {
    const { projectId, source, id, reason } = event.data;
    return { kind: 'retraction', ...common, projectId, retracts: { source, id }, reason };
  }
  const { projectId, status, resources, labels, timeout } = event.data;
  const nanos = nanosOf(time);
  return {
    kind: 'transition',
    ...common,
    projectId,
    status,
    ...(nanos > 0 && { nanos }),
    ...(resources && { resources: toResources(resources) }),
    ...(labels && Object.keys(labels).length > 0 && { labels }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
  };
};

const statusContent = ({ status, resources, labels, timeout }: StatusEvent['data']): unknown[] => [
  status,
  ...[resources?.flavor, resources?.gpu, resources?.cpu, resources?.node],
  labels && Object.entries(labels).sort(([a], [b]) => compareText(a, b)),
  timeout,
];

/** Fixed fields in a fixed order. Fingerprints are stored: never change it. */
const fingerprintOf = ({ type, source, id, subject, data }: ValidEvent, time: Instant.Record): string => {
  const content = 'status' in data ? statusContent(data) : [data.source, data.id, data.reason];
  const fields = [type, source, id, subject, Instant.toString(time), data.projectId, ...content];
  return hash('sha256', JSON.stringify(fields));
};

const validTimeOf = (event: unknown): string | undefined => (v.is(WithTime, event) ? event.time : undefined);

/** The bounds of a valid time are checked even if other fields are invalid. */
const timeErrors = (time: Instant.Record | undefined, now: number): string[] => {
  if (time === undefined) return [];
  const ageMs = now - time.epochMilliseconds;
  if (ageMs < -MAX_AHEAD_MS) return ['time must not be more than 5 minutes ahead'];
  if (ageMs > MAX_AGE_MS) return ['time must not be older than 400 days'];
  return [];
};

const parseEvent = ({ pointer, event }: SentEvent, now: number) => {
  const { success, output, issues = [] } = validate(event);
  const text = success ? output.time : validTimeOf(event);
  const time = text === undefined ? undefined : Instant.fromString(text);
  const errors: InputError[] = [
    ...inputErrors(issues, { what: 'the event' }),
    ...timeErrors(time, now).map((detail) => ({ pointer: '/time', detail })),
  ].map(({ pointer: within, detail }) => ({ pointer: pointer + within, detail }));
  if (!success || time === undefined || errors.length > 0) return { errors, events: [] };
  return { errors, events: [{ fact: toFact(output, time), fingerprint: fingerprintOf(output, time) }] };
};

/**
 * The facts of a request; `now` in epoch milliseconds. All or nothing: one invalid event refuses
 * the batch, with JSON pointers into the body (in binary mode, into the event).
 */
export const parseEvents = (request: HttpRequest, now: number): readonly ParsedEvent[] => {
  const parsed = sentEvents(request).map((sent) => parseEvent(sent, now));
  const errors = parsed.flatMap((result) => result.errors);
  if (errors.length > 0) throw new Refusal('invalid', 'nothing was recorded: see errors', { errors });
  return parsed.flatMap((result) => result.events);
};
