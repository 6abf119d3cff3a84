import type { ReportedEvent } from '../../../../lib/sources/reported-event.ts';
import { createSlurmTranslator } from '../../../../lib/sources/slurm.ts';
import { SACCT } from '../../sources/data.ts';

export async function* streamed(events: Iterable<ReportedEvent>): AsyncIterable<ReportedEvent> {
  yield* events;
}

/** The events of the made-up `sacct.txt`: two projects, several months, every way to end. */
export const sacctEvents = (): ReportedEvent[] => {
  const translator = createSlurmTranslator({ timeZone: 'UTC' });
  return SACCT.split('\n').flatMap((line, index) => translator.next(line, index + 1).events);
};

/** An event of job-1 of proj-1, unless said otherwise; the first ones state two GPUs. */
export const event = (
  status: ReportedEvent['data']['status'],
  time: string,
  { jobId = 'job-1', ...stated }: Partial<ReportedEvent['data']> & { readonly jobId?: string } = {},
): ReportedEvent => ({
  ...{ specversion: '1.0', type: 'training.job.status', source: 'urn:test', id: `${status}@${time}` },
  ...{ subject: jobId, time },
  data: { projectId: 'proj-1', status, ...stated },
});
