import { hash } from 'node:crypto';
import { createOvhTranslator } from '../../sources/ovh.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import type { SourceOptions } from '../../sources/translator.ts';
import type { BillingContext } from '../billing-context.ts';
import { recordReported } from '../record-reported.ts';

/** A job of the provider, or an event of it, that could not be recorded. */
export interface UntranslatedJob {
  readonly jobId: string;
  readonly reason: string;
}

/** What became of the jobs of a list. */
export interface RecordedJobs {
  readonly jobs: number;
  /** Events that were new here. */
  readonly recorded: number;
  /** Events that were recorded before with other content, which stays. */
  readonly conflicts: number;
  readonly untranslated: readonly UntranslatedJob[];
}

/** Events that this process has recorded: they are not written again. */
export type KnownEvents = Set<string>;

/** What is not in the cache is recorded again, without an effect. */
const EVENTS_CACHED = 100_000;

const identityOf = ({ subject, id, data: { projectId } }: ReportedEvent) => `${projectId} ${subject} ${id}`;

const remember = (known: KnownEvents, events: readonly ReportedEvent[]): void => {
  if (known.size + events.length > EVENTS_CACHED) known.clear();
  for (const event of events) known.add(identityOf(event));
};

/** A member of a record that nobody has checked. */
export const memberOf = (record: unknown, name: string): unknown =>
  typeof record === 'object' && record !== null ? (record as Record<string, unknown>)[name] : undefined;

/** The id as it was sent, for the log. */
export const jobIdOf = (record: unknown): string => {
  const id = memberOf(record, 'id');
  return typeof id === 'string' ? id : 'without an id';
};

/** A hash of the ids of a page. An API that answers with the same page again has no other. */
export const pageHash = (records: readonly unknown[]): string =>
  hash('sha256', records.map(jobIdOf).join('\n'));

/** All jobs of a project of the provider belong to one project here. */
export const optionsOf = (projectId: string): SourceOptions => ({
  project: { id: projectId },
  timeZone: 'UTC',
});

/** Records what the provider reports of jobs of one project, and further events of them. */
export const recordJobs = async (
  { store, now }: Pick<BillingContext, 'store' | 'now'>,
  projectId: string,
  records: readonly unknown[],
  {
    also = [],
    known = new Set(),
  }: { readonly also?: readonly ReportedEvent[]; readonly known?: KnownEvents } = {},
): Promise<RecordedJobs> => {
  const translator = createOvhTranslator(optionsOf(projectId));
  const translated = records.map((record) => ({ jobId: jobIdOf(record), ...translator.next(record, 1) }));
  const events = [...translated.flatMap(({ events }) => events), ...also].filter(
    (event) => !known.has(identityOf(event)),
  );
  const { recorded, conflicts, refused } = await recordReported(store, events, now());
  const refusedEvents = new Set(refused.map(({ event }) => event));
  remember(
    known,
    events.filter((event) => !refusedEvents.has(event)),
  );
  return {
    jobs: records.length,
    recorded,
    conflicts,
    untranslated: [
      ...translated.flatMap(({ jobId, skipped }) => skipped.map(({ reason }) => ({ jobId, reason }))),
      ...refused.map(({ event, reason }) => ({ jobId: event.subject, reason: `${event.id}: ${reason}` })),
    ],
  };
};
