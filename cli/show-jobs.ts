import type { JobUsage, ProjectJobs } from '../lib/shapes/usage.ts';
import { type ListColumn, listTable } from './list.ts';
import { bold, dim } from './output.ts';
import { timeText } from './times.ts';

const right = { align: 'right' as const };

/** What is not billed of a job, or no longer. */
const noteOf = ({ waitsFor, held, retracted, unratedMinutes = 0 }: JobUsage): string =>
  [
    ...(waitsFor ? [`${unratedMinutes.toLocaleString('en')} min wait for ${waitsFor.join(', ')}`] : []),
    ...(held ? ['held: its stop is not reported'] : []),
    ...(retracted ? ['taken back after it was billed'] : []),
  ].join('; ');

const resourcesOf = ({ flavor, unit, units }: JobUsage): string => {
  if (flavor === undefined) return dim('not stated');
  return unit === undefined || units === undefined ? flavor : `${flavor} × ${units} ${unit}`;
};

const columnsOf = (currency: string, timeZone: string): readonly ListColumn<JobUsage>[] => [
  { title: 'job', text: ({ jobId }) => jobId },
  { title: 'status', text: ({ status }) => status ?? dim('all taken back') },
  { title: 'start', text: ({ start }) => timeText(start, timeZone) },
  { title: 'end', text: ({ end }) => (end === undefined ? dim('—') : timeText(end, timeZone)) },
  { title: 'runs on', text: resourcesOf },
  { title: 'minutes', ...right, text: ({ minutes }) => minutes.toLocaleString('en') },
  {
    title: currency,
    ...right,
    // A cost of nothing without a price is not nothing.
    text: ({ cost, minutes, unratedMinutes }) =>
      unratedMinutes !== undefined && unratedMinutes === minutes ? 'no price' : cost,
  },
  { title: '', text: noteOf },
];

export interface ShownJobs extends Pick<ProjectJobs, 'projectId' | 'month' | 'jobs'> {
  readonly timeZone: string;
  readonly currency: string;
  /** Further jobs follow those listed. */
  readonly hasMore: boolean;
}

/** A list of jobs for people. */
export const showJobs = ({ projectId, month, jobs, timeZone, currency, hasMore }: ShownJobs): string => {
  const none = hasMore ? 'none of the first jobs is like that' : 'no such job';
  return [
    bold(`jobs of ${projectId} in ${month}, times in ${timeZone}`),
    jobs.length === 0 ? none : listTable(columnsOf(currency, timeZone), jobs),
    ...(hasMore ? [dim('there are more: --limit lists more of them, --csv and --json have all')] : []),
  ].join('\n');
};
