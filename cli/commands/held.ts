import type { Command } from 'commander';
import type { LimitCause } from '../../lib/billing/intervals.ts';
import { type HeldJob, type HeldJobs, listHeldJobs } from '../../lib/operations/reads/held-jobs.ts';
import { addJobsOfTable } from '../jobs-of-table.ts';
import { counted } from '../output.ts';

/** What holds a job, and what settles it. */
const CAUSES: Readonly<Record<LimitCause, string>> = {
  maxRunning: 'no stop within the longest run of the tariff: report its stop',
  timeout: 'no stop within its timeout: report its stop',
  maxSilence: 'nothing reported for longer than the tariff allows: report its stop, or RUNNING again',
  'forbidden step':
    'it ran after it had ended: retract the event with the wrong time, or report its next stop',
};

export const addHeldCommand = (program: Command): void =>
  addJobsOfTable<HeldJob, HeldJobs>(program, {
    name: 'held',
    description: 'list the jobs of all projects with time that is not billed until their stop is reported',
    read: listHeldJobs,
    none: 'no job is held',
    columns: ({ currency }) => [
      {
        title: `${currency} per hour`,
        align: 'right',
        text: ({ atStakePerHour = 'unrated' }) => atStakePerHour,
      },
      { title: 'why, and what settles it', text: ({ cause }) => CAUSES[cause] },
    ],
    summary: ({ jobs }) => [`${counted(jobs.length, 'job')} held`],
    members: ['jobId', 'projectId', 'since', 'flavor', 'atStakePerHour', 'cause'],
  });
