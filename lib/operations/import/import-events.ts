import type { ReportedEvent } from '../../sources/reported-event.ts';
import type { RecordedReport } from '../record-reported.ts';
import { createReasons, type ReasonGroup } from './reasons.ts';
import { createTimeRange, type TimeRange } from './time-range.ts';

/** Events that are recorded together, and held in memory at a time. */
const BATCH_EVENTS = 1_000;
/** Projects that are named in the summary. */
const MAX_PROJECTS = 1_000;

/** What became of the events of an import. */
export interface ImportedEvents extends TimeRange {
  readonly events: number;
  readonly recorded: number;
  /** Recorded before with the same content. */
  readonly known: number;
  /** Recorded before with other content, which stays. */
  readonly conflicts: number;
  /** Not recorded, and never will be as they are. */
  readonly refused: readonly ReasonGroup[];
  /** The projects of the events, in the order met: at most the first thousand. */
  readonly projects: readonly string[];
}

/** Adds up batches. Memory does not grow with events. */
const createSum = () => {
  const counts = { events: 0, recorded: 0, known: 0, conflicts: 0 };
  const refused = createReasons();
  const projects = new Set<string>();
  const times = createTimeRange();
  return {
    add(batch: readonly ReportedEvent[], report: RecordedReport) {
      counts.events += batch.length;
      counts.recorded += report.recorded;
      counts.known += report.duplicates;
      counts.conflicts += report.conflicts;
      for (const { event, reason } of report.refused) refused.add(reason, `${event.id} of ${event.subject}`);
      for (const { time, data } of batch) {
        if (projects.size < MAX_PROJECTS) projects.add(data.projectId);
        times.add(Date.parse(time));
      }
    },
    result: (): ImportedEvents => ({
      ...counts,
      refused: refused.result(),
      ...times.result(),
      projects: [...projects],
    }),
  };
};

async function* inBatches(events: AsyncIterable<ReportedEvent>): AsyncIterable<readonly ReportedEvent[]> {
  let batch: ReportedEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < BATCH_EVENTS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Records events batch by batch, each event once: an import that was interrupted is repeated from
 * the start. Nothing but the current batch is held in memory.
 */
export const importEvents = async (
  events: AsyncIterable<ReportedEvent>,
  record: (batch: readonly ReportedEvent[]) => Promise<RecordedReport>,
  onProgress: (soFar: Pick<ImportedEvents, 'events' | 'recorded'>) => void = () => {},
): Promise<ImportedEvents> => {
  const sum = createSum();
  for await (const batch of inBatches(events)) {
    sum.add(batch, await record(batch));
    onProgress(sum.result());
  }
  return sum.result();
};
