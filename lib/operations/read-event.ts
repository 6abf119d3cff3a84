import { hash } from 'node:crypto';
import * as v from 'valibot';
import { compareText } from '../billing/compare-text.ts';
import { type ReportedFact, type Resources, UNITS } from '../billing/facts.ts';
import { type Instant, instantText, parseInstant } from '../billing/instant.ts';
import { MINUTE_MS } from '../billing/minutes.ts';
import { toMilli } from '../billing/money.ts';
import type { InputError } from '../refusal.ts';
import { RETRACTION_TYPE, RetractionEvent, STATUS_TYPE, StatusEvent, UnknownEvent } from '../shapes/event.ts';
import { SentTime } from '../shapes/fields.ts';
import { inputErrors } from '../validation.ts';
import type { RecordableFact } from './record-events.ts';

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

const toFact = (event: ValidEvent, { time, nanos }: Instant): ReportedFact => {
  const common = { jobId: event.subject, source: event.source, id: event.id, time };
  if (event.type === RETRACTION_TYPE) {
    const { projectId, source, id, reason } = event.data;
    return { kind: 'retraction', ...common, projectId, retracts: { source, id }, reason };
  }
  const { projectId, status, resources, labels, timeout } = event.data;
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
const fingerprintOf = ({ type, source, id, subject, data }: ValidEvent, at: Instant): string => {
  const content = 'status' in data ? statusContent(data) : [data.source, data.id, data.reason];
  const fields = [type, source, id, subject, instantText(at), data.projectId, ...content];
  return hash('sha256', JSON.stringify(fields));
};

const validTimeOf = (event: unknown): string | undefined => (v.is(WithTime, event) ? event.time : undefined);

const MAX_AHEAD_MS = 5 * MINUTE_MS;
export const AHEAD_RULE = 'time must not be more than 5 minutes ahead';
/** Whether a time is in the future by more than clocks may differ. */
export const isAhead = (time: number, now: number): boolean => time - now > MAX_AHEAD_MS;

/** An event that was read: its fact, or each invalid field with its rule. */
export interface ReadEvent {
  readonly errors: readonly InputError[];
  /** Absent if there are errors. */
  readonly recordable?: RecordableFact;
  /** Also of an invalid event, where its time is valid. Epoch milliseconds. */
  readonly time?: number | undefined;
}

/** Reads an event as it is sent, from any place: a request, a file or a platform. */
export const readEvent = (event: unknown): ReadEvent => {
  const { success, output, issues = [] } = validate(event);
  const text = success ? output.time : validTimeOf(event);
  const at = text === undefined ? undefined : parseInstant(text);
  const errors = inputErrors(issues, { what: 'the event' });
  if (!success || at === undefined) return { errors, time: at?.time };
  return {
    errors,
    time: at.time,
    recordable: { fact: toFact(output, at), fingerprint: fingerprintOf(output, at) },
  };
};
