import type { ReportedEvent } from '../sources/reported-event.ts';
import type { Store } from '../store/store.ts';
import { AHEAD_RULE, isAhead, readEvent } from './read-event.ts';
import { type RecordableFact, recordEach } from './record-events.ts';

/** What became of events that a translator gave. */
export interface RecordedReport {
  readonly recorded: number;
  readonly duplicates: number;
  /** Recorded before with other content, which stays: a platform changed what it had reported. */
  readonly conflicts: number;
  /** Not recorded, and each time they are read again the same. */
  readonly refused: readonly RefusedEvent[];
}

export interface RefusedEvent {
  readonly event: ReportedEvent;
  readonly reason: string;
}

/** The fact of an event, or why it is not recorded. No event is too old. */
export const readReported = (event: ReportedEvent, now: number): RecordableFact | RefusedEvent => {
  const { errors, recordable, time } = readEvent(event);
  const reasons = errors.map(({ detail }) => detail);
  if (time !== undefined && isAhead(time, now)) reasons.push(AHEAD_RULE);
  return recordable && reasons.length === 0 ? recordable : { event, reason: reasons.join('; ') };
};

export const isRefused = (read: RecordableFact | RefusedEvent): read is RefusedEvent => 'reason' in read;

/**
 * Records the events that a platform reported, each once, however often and from wherever they
 * come. Events that are refused keep no others back, and a conflict counts as known.
 */
export const recordReported = async (
  store: Store,
  events: readonly ReportedEvent[],
  now: number,
): Promise<RecordedReport> => {
  const read = events.map((event) => readReported(event, now));
  const recordable = read.filter((each): each is RecordableFact => !isRefused(each));
  const outcomes = (await recordEach(store, recordable, now)).map(({ outcome }) => outcome);
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return {
    recorded: count('recorded'),
    duplicates: count('duplicate'),
    conflicts: count('conflict'),
    refused: read.filter(isRefused),
  };
};
