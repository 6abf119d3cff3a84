import { DAY_MS } from '../billing/minutes.ts';
import { AHEAD_RULE, isAhead, readEvent } from '../operations/read-event.ts';
import type { RecordableFact } from '../operations/record-events.ts';
import { type InputError, Refusal } from '../refusal.ts';
import { type SentEvent, sentEvents } from './cloud-events.ts';
import type { HttpRequest } from './http-request.ts';

const MAX_AGE_MS = 400 * DAY_MS;

/** The bounds of a valid time are checked even if other fields are invalid. */
const timeErrors = (time: number | undefined, now: number): string[] => {
  if (time === undefined) return [];
  if (isAhead(time, now)) return [AHEAD_RULE];
  if (now - time > MAX_AGE_MS) return ['time must not be older than 400 days'];
  return [];
};

const parseEvent = ({ pointer, event }: SentEvent, now: number) => {
  const { errors: invalid, recordable, time } = readEvent(event);
  const errors: InputError[] = [
    ...invalid,
    ...timeErrors(time, now).map((detail) => ({ pointer: '/time', detail })),
  ].map(({ pointer: within, detail }) => ({ pointer: pointer + within, detail }));
  return { errors, events: recordable && errors.length === 0 ? [recordable] : [] };
};

/**
 * The facts of a request; `now` in epoch milliseconds. All or nothing: one invalid event refuses
 * the batch, with JSON pointers into the body (in binary mode, into the event).
 */
export const parseEvents = (request: HttpRequest, now: number): readonly RecordableFact[] => {
  const parsed = sentEvents(request).map((sent) => parseEvent(sent, now));
  const errors = parsed.flatMap((result) => result.errors);
  if (errors.length > 0) throw new Refusal('invalid', 'nothing was recorded: see errors', { errors });
  return parsed.flatMap((result) => result.events);
};
