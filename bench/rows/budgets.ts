import { HOUR_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { checkBudgets } from '../../lib/operations/budgets/check-budgets.ts';
import { checkDueBudgets } from '../../lib/operations/budgets/check-due.ts';
import { markBudgetsChanged } from '../../lib/operations/budgets/mark-changed.ts';
import { contextInMidMonth, writeBudgetLoad } from '../budget-stage.ts';
import type { Figure, Row } from '../figures.ts';
import { allWritesOf, meterClient } from '../meter.ts';
import { connectTo, openStage } from '../stage.ts';

const fail = ({ error }: { readonly error: unknown }) => {
  throw error;
};

/** Processor time of this process in seconds while `work` runs. */
const cpuSecondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

const figureOf = (what: string, unit: string, measured: number, note?: string): Figure => ({
  ...{ what, unit, measured },
  ...(note !== undefined && { note }),
});

/**
 * What checks of budgets cost: an hour in which no charge changes, with a run every minute; a minute
 * in which every project changes; and a check of one project with all of the jobs. Units are counted.
 */
export const row: Row = async ({ quick, onProgress }) => {
  const stage = await openStage('bench-budgets');
  const meter = meterClient(stage.client);
  const { clock, context } = await contextInMidMonth(connectTo({ ...stage, client: meter.client }));
  const load = { projects: quick ? 5 : 1_000, budgets: 10, jobs: 20 };
  const runs = load.projects * load.jobs;
  onProgress(`writing ${runs} jobs`);
  const projects = await writeBudgetLoad(context, load);
  // What was crossed before fires once.
  await checkDueBudgets(context, { onFailure: fail });
  meter.takeBill();

  let checks = 0;
  const hourCpu = await cpuSecondsOf(async () => {
    for (const end = clock.now + HOUR_MS; clock.now < end; ) {
      clock.now += MINUTE_MS;
      checks += (await checkDueBudgets(context, { onFailure: fail })).checked.length;
      onProgress(`${checks} checks`);
    }
  });
  const hour = meter.takeBill();

  await markBudgetsChanged(
    context,
    projects.map((projectId) => ({ projectId })),
  );
  const marks = meter.takeBill();
  const minuteCpu = await cpuSecondsOf(() => checkDueBudgets(context, { onFailure: fail }));
  const minute = meter.takeBill();

  const [large = ''] = await writeBudgetLoad(context, { projects: 1, budgets: 10, jobs: runs });
  meter.takeBill();
  const oneCpu = await cpuSecondsOf(() => checkBudgets(context, large, clock.now));
  const one = meter.takeBill();

  const of = `${load.projects * load.budgets} budgets of ${load.projects} projects, ${runs} running jobs`;
  return [
    figureOf(
      `an hour without changes: read units, ${of}`,
      'units',
      hour.reads,
      `${checks} checks in 60 runs`,
    ),
    figureOf('an hour without changes: write units', 'units', allWritesOf(hour)),
    figureOf('an hour without changes: processor time', 's', hourCpu),
    figureOf(
      'every project changes: read units',
      'units',
      minute.reads + marks.reads,
      'marks and checks, once',
    ),
    figureOf('every project changes: write units', 'units', allWritesOf(minute) + allWritesOf(marks)),
    figureOf('every project changes: processor time of the checks', 's', minuteCpu),
    figureOf(`one project with ${runs} running jobs: processor time of a check`, 's', oneCpu),
    figureOf(`one project with ${runs} running jobs: read units of a check`, 'units', one.reads),
  ];
};
