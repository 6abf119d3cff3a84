import { parseMinor } from '../lib/billing/money.ts';
import type { ComparedCost, ComparedProject, Comparison } from '../lib/operations/tariffs/compare.ts';
import type { DraftTariff } from '../lib/operations/tariffs/publish.ts';
import { bold, counted, dim, table } from './output.ts';

/** Jobs listed per project. */
const JOBS_SHOWN = 50;

type ComparedJob = ComparedProject['jobs'][number];

const size = (minor: bigint): bigint => (minor < 0n ? -minor : minor);

const biggestDifference = ({ costs }: ComparedJob): bigint =>
  costs.map(({ difference }) => size(parseMinor(difference))).reduce((a, b) => (a > b ? a : b), 0n);

/** The jobs with the largest differences, in the order of their ids. */
const jobsShown = (jobs: readonly ComparedJob[]): readonly ComparedJob[] => {
  const biggestFirst = jobs
    .map((job) => ({ job, difference: biggestDifference(job) }))
    .sort((a, b) => (a.difference === b.difference ? 0 : a.difference > b.difference ? -1 : 1));
  const shown = new Set(biggestFirst.slice(0, JOBS_SHOWN).map(({ job }) => job));
  return jobs.filter((job) => shown.has(job));
};

const signed = (difference: string): string => (parseMinor(difference) > 0n ? `+${difference}` : difference);

const cells = (costs: readonly ComparedCost[]): string[] => [
  ...costs.flatMap(({ minutes, cost }) => [String(minutes), cost]),
  ...costs.slice(1).map(({ difference }) => signed(difference)),
];

const projectRows = ({ projectId, costs, jobs }: ComparedProject): string[][] => {
  const shown = jobsShown(jobs);
  const more = jobs.length - shown.length;
  return [
    [projectId, counted(jobs.length, 'job'), ...cells(costs)].map(bold),
    ...shown.map((job) => ['', job.jobId, ...cells(job.costs)]),
    ...(more > 0 ? [['', dim(`and ${more} more (--json has all)`)]] : []),
  ];
};

const notes = ({ unratedMinutes, heldIntervals }: ComparedCost, index: number): string[] => [
  ...(unratedMinutes > 0
    ? [
        `note: under #${index + 1} ${counted(unratedMinutes, 'minute')} unrated: no price, no resources stated, or no count of the unit that is priced`,
      ]
    : []),
  ...(heldIntervals > 0
    ? [
        `note: under #${index + 1} ${counted(heldIntervals, 'interval')} held: time beyond the limit is not included`,
      ]
    : []),
];

/** A comparison as text: tariffs, projects and their jobs, totals, unrated and held time. */
export const showComparison = (
  { month, timeZone, currency, asOf, projects, total }: Comparison,
  tariffs: readonly Pick<DraftTariff, 'name' | 'billableStatuses'>[],
): string =>
  [
    `${bold(month)} in ${timeZone}, ${currency}, running jobs up to ${asOf}`,
    ...tariffs.map(
      ({ name, billableStatuses }, index) => `#${index + 1} ${name}: ${billableStatuses.join(', ')}`,
    ),
    '',
    projects.length === 0
      ? `no job has time in ${month} under any of these tariffs`
      : table(
          [
            { title: 'project' },
            { title: 'job' },
            ...tariffs.flatMap((_, index) => [
              { title: `#${index + 1} minutes`, align: 'right' as const },
              { title: 'cost', align: 'right' as const },
            ]),
            ...tariffs.slice(1).map((_, index) => ({ title: `#${index + 2} - #1`, align: 'right' as const })),
          ],
          [
            ...projects.flatMap(projectRows),
            [counted(projects.length, 'project'), '', ...cells(total)].map(bold),
          ],
        ),
    ...total.flatMap(notes),
  ].join('\n');
