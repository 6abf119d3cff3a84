import type { Connection } from '../../lib/connect.ts';
import { atMost, type Figure, type Limit, type Row } from '../figures.ts';
import { meterClient } from '../meter.ts';
import { closeMonthOf, IN_ORDER, playJobs } from '../play.ts';
import { connectTo, openStage, type Stage } from '../stage.ts';
import { createJobs, endedMonth, TRANSITIONS } from '../workload.ts';

const PROJECTS = 10;

/** A settle must at least read the log of the job: one request per event. */
const FLOOR = TRANSITIONS;

const WAYS: readonly { name: string; limit?: Limit; connectionsOf: (stage: Stage) => () => Connection }[] = [
  {
    name: 'a process that stays warm',
    limit: atMost(6),
    connectionsOf: (stage) => {
      const connection = connectTo(stage);
      return () => connection;
    },
  },
  { name: 'a new process for each event', connectionsOf: (stage) => () => connectTo(stage) },
];

/** Read units of settling the events of a job. Counted, not timed. */
export const row: Row = async ({ quick, onProgress }) => {
  const jobCount = quick ? 20 : 200;
  const figures: Figure[] = [];
  for (const { name, limit, connectionsOf } of WAYS) {
    const stage = await openStage(`bench-${name.replaceAll(' ', '-')}`);
    const meter = meterClient(stage.client);
    const connectionOf = connectionsOf({ ...stage, client: meter.client });
    const month = endedMonth(connectionOf().now());
    const jobs = createJobs({ jobs: jobCount, projects: PROJECTS, month, seed: 1 });
    await playJobs(jobs, IN_ORDER, connectionOf, (text) => onProgress(`${name}: ${text}`));
    const { reads } = meter.takeBill();
    await closeMonthOf(connectionOf(), jobs, month);
    const close = meter.takeBill();
    figures.push({
      what: `read units per job, ${name}`,
      unit: 'units',
      measured: reads / jobCount,
      floor: FLOOR,
      ...(limit && { limit }),
      note: `apart: the close of ${PROJECTS} projects, ${close.reads} in all`,
    });
  }
  return figures;
};
