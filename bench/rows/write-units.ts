import assert from 'node:assert/strict';
import type { FigureName } from '../before.ts';
import { atMost, type Figure, type Limit, type Row, type RowOptions } from '../figures.ts';
import { type Bill, meterClient } from '../meter.ts';
import { closeMonthOf, IN_ORDER, playJobs } from '../play.ts';
import { connectTo, openStage } from '../stage.ts';
import { createJobs, type Disorder, endedMonth, TRANSITIONS } from '../workload.ts';

/** Jobs of a project: their billed charges share a block. */
const JOBS_A_PROJECT = 100;
const projectsOf = (jobs: number) => Math.ceil(jobs / JOBS_A_PROJECT);

/** Baseline: six facts and one billed result. */
const FLOOR = TRANSITIONS + 1;

const WAYS: readonly { name: string; figure: FigureName; disorder: Disorder; limit: Limit }[] = [
  { name: 'in order', figure: 'write units a job, in order', disorder: IN_ORDER, limit: atMost(8.1) },
  {
    name: '5 % duplicates, 5 % reordered',
    figure: 'write units a job, disorder',
    disorder: { duplicated: 0.05, reordered: 0.05 },
    limit: atMost(8.5),
  },
];

const noteOf = ({ writes, largestBytes, compared }: Bill, jobs: number): string => {
  const each = (units: number) => (units / jobs).toFixed(2);
  const largest = Math.max(largestBytes.fact, largestBytes.charge);
  return [
    `facts ${each(writes.fact)}, charges ${each(writes.charge)}, billed charges ${each(writes.billed)}, cutoffs ${each(writes.cutoff)}`,
    `apart, for ${projectsOf(jobs)} projects: changed-month marks ${writes.mark}, statements ${writes.statement}, indexes of statements ${writes.index}, others ${writes.other}`,
    `largest fact or charge ${largest} bytes, largest block of billed charges ${largestBytes.billed}`,
    `DynamoDB Local counts the same, ${compared.engine} units where comparable`,
  ].join('; ');
};

const play = async (
  { name, figure, disorder, limit }: (typeof WAYS)[number],
  jobCount: number,
  onProgress: RowOptions['onProgress'],
): Promise<Figure> => {
  const stage = await openStage(`bench-${name.replaceAll(/\W+/g, '-')}`);
  const meter = meterClient(stage.client);
  const connection = connectTo({ ...stage, client: meter.client });
  const month = endedMonth(connection.now());
  const jobs = createJobs({ jobs: jobCount, projects: projectsOf(jobCount), month, seed: 1 });
  await playJobs(
    jobs,
    disorder,
    () => connection,
    (text) => onProgress(`${name}: ${text}`),
  );
  await closeMonthOf(connection, jobs, month);
  const bill = meter.takeBill();
  assert.equal(bill.compared.counted, bill.compared.engine, 'we count what the engine counts');
  const { fact, cutoff, charge, billed } = bill.writes;
  return {
    what: `write units per job, ${name}`,
    name: figure,
    unit: 'units',
    measured: (fact + cutoff + charge + billed) / jobCount,
    floor: FLOOR,
    limit,
    note: noteOf(bill, jobCount),
  };
};

/** Write units of a job: six transitions, a charge, its share of a block. Counted, not timed. */
export const row: Row = async ({ quick, onProgress }) => {
  const figures: Figure[] = [];
  for (const way of WAYS) figures.push(await play(way, quick ? 60 : 200, onProgress));
  return figures;
};
