import type { Command } from 'commander';
import {
  listUnratedJobs,
  type UnratedJob,
  type UnratedJobs,
} from '../../lib/operations/reads/unrated-jobs.ts';
import { addJobsOfTable } from '../jobs-of-table.ts';
import { counted, indent } from '../output.ts';

/** What brings it about. */
const remedyOf = (waitsFor: string): string => {
  if (waitsFor.startsWith('a price')) return 'publish a tariff that has it: `jobmeter tariff publish <file>`';
  return 'send an event of the job that states it: `jobmeter send <file>`';
};

/** What is waited for, each with its number of jobs. */
const remedies = (jobs: readonly UnratedJob[]): string[] =>
  [
    ...Map.groupBy(
      jobs.flatMap((job) => job.waitsFor),
      (waitsFor) => waitsFor,
    ),
  ]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([waitsFor, all]) => `${counted(all.length, 'job')}: ${waitsFor}; ${remedyOf(waitsFor)}`);

export const addUnratedCommand = (program: Command): void =>
  addJobsOfTable<UnratedJob, UnratedJobs>(program, {
    name: 'unrated',
    description: 'list the jobs of all projects with time that is not billed until it has a price',
    read: listUnratedJobs,
    none: 'every job has a price',
    columns: () => [
      { title: 'minutes', align: 'right', text: ({ minutes }) => minutes.toLocaleString('en') },
      { title: 'flavor', text: ({ flavor = '' }) => flavor },
      { title: 'waits for', text: ({ waitsFor }) => waitsFor.join(', ') },
    ],
    summary: ({ jobs }) => [
      `${counted(jobs.length, 'job')} unrated: the time is billed once there is what it waits for`,
      ...remedies(jobs).map((text) => indent(text)),
    ],
    members: ['jobId', 'projectId', 'since', 'minutes', 'flavor', 'waitsFor'],
  });
