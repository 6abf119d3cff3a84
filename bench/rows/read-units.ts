import type { Connection } from '../../lib/connect.ts';
import type { FigureName } from '../before.ts';
import { atMost, type Figure, type Limit, type Row } from '../figures.ts';
import { meterClient } from '../meter.ts';
import { closeMonthOf, IN_ORDER, playJobs } from '../play.ts';
import { connectTo, openStage, type Stage } from '../stage.ts';
import { createJobs, type Disorder, endedMonth, TRANSITIONS } from '../workload.ts';

const PROJECTS = 10;

/** A settle must at least read the log of the job: one request per event. */
const FLOOR = TRANSITIONS;

/** One process, which keeps settings and tariffs for all jobs: their reads are not a job's. */
const warm = (stage: Stage) => {
  const connection = connectTo(stage);
  return () => connection;
};

interface Way {
  readonly name: string;
  readonly figure?: FigureName;
  readonly disorder: Disorder;
  readonly limit?: Limit;
  connectionsOf(stage: Stage): () => Connection;
}

const WAYS: readonly Way[] = [
  {
    name: 'a process that stays warm',
    figure: 'read units a job, warm',
    disorder: IN_ORDER,
    limit: atMost(6),
    connectionsOf: warm,
  },
  {
    name: 'the same, 5 % twice, 5 % late',
    disorder: { duplicated: 0.05, reordered: 0.05 },
    connectionsOf: warm,
  },
  {
    name: 'a new process for each event',
    disorder: IN_ORDER,
    connectionsOf: (stage) => () => connectTo(stage),
  },
];

/** Read units of settling the events of a job. Counted, not timed. */
export const row: Row = async ({ quick, onProgress }) => {
  const jobCount = quick ? 20 : 200;
  const figures: Figure[] = [];
  for (const { name, figure, disorder, limit, connectionsOf } of WAYS) {
    const stage = await openStage(`bench-${figures.length}`);
    const meter = meterClient(stage.client);
    const connectionOf = connectionsOf({ ...stage, client: meter.client });
    const month = endedMonth(connectionOf().now());
    const jobs = createJobs({ jobs: jobCount, projects: PROJECTS, month, seed: 1 });
    await playJobs(jobs, disorder, connectionOf, (text) => onProgress(`${name}: ${text}`));
    const { reads, readsOfProcess } = meter.takeBill();
    await closeMonthOf(connectionOf(), jobs, month);
    const close = meter.takeBill();
    figures.push({
      what: `read units per job, ${name}`,
      ...(figure && { name: figure }),
      unit: 'units',
      measured: (reads - (connectionsOf === warm ? readsOfProcess : 0)) / jobCount,
      floor: FLOOR,
      ...(limit && { limit }),
      note: `apart: ${connectionsOf === warm ? `${readsOfProcess} of settings and tariffs; ` : ''}the close of ${PROJECTS} projects, ${close.reads} in all`,
    });
  }
  return figures;
};
