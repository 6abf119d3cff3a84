import type { Transition } from '../../lib/billing/facts.ts';
import { putEvent, scanTable } from './events.ts';
import { addTo, type MeteredStage, monthOf, type Peer, START, STOP, unitMinutes } from './peer.ts';

/** Stores only events: a month end reads the whole table, earlier months included. */
export const createTableScan = (stage: MeteredStage): Peer => ({
  name: 'whole-table scan at month end',
  meter: stage.meter,
  async take(event) {
    await putEvent(stage, event);
  },
  async endMonth(month) {
    const starts = new Map<string, Transition>();
    const stops = new Map<string, Transition>();
    for await (const event of scanTable<Transition>(stage)) {
      if (event.status === START) starts.set(event.jobId, event);
      if (event.status === STOP) stops.set(event.jobId, event);
    }
    const sums = new Map<string, number>();
    for (const [jobId, start] of starts) {
      const stop = stops.get(jobId);
      if (stop && monthOf(start) === month) addTo(sums, start.projectId, unitMinutes(start, stop));
    }
    return sums;
  },
});
