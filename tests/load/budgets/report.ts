import { counted, green, indent, red, table } from '../../../cli/output.ts';
import { MINUTE_MS } from '../../../lib/billing/minutes.ts';
import { percentile } from '../report.ts';
import type { Received } from './consumer.ts';
import { type PlannedJob, type PlannedProject, spentCents } from './plan.ts';
import type { BudgetRun } from './play.ts';

/** A stop is requested at most a minute after the minute that crosses. */
const LONGEST_MS = 2 * MINUTE_MS;
const DIFFERENCES_TOLD = 20;

/** A job that was requested to stop; milliseconds since the start of the minute that crossed. */
interface Stop {
  readonly project: PlannedProject;
  readonly job: PlannedJob;
  readonly requestedMs: number;
  readonly deliveredMs: number;
  readonly arrivedAt: number;
}

const stopsOf = ({ plan, startedAt, received }: BudgetRun): Stop[] => {
  const requests = new Map<unknown, Received>();
  for (const event of received.values())
    if (event.type === 'job.stop.requested') requests.set(event.data.jobId, event);
  return plan.flatMap((project) =>
    project.jobs.flatMap((job) => {
      const event = requests.get(job.jobId);
      const crossedAt = startedAt + project.crossesAtMs;
      return event
        ? [
            {
              ...{ project, job, arrivedAt: event.arrivedAt },
              requestedMs: event.time - crossedAt,
              deliveredMs: event.arrivedAt - crossedAt,
            },
          ]
        : [];
    }),
  );
};

/** Projects whose `stop` threshold has no event, or one of another minute. */
const wrongCrossings = ({ plan, startedAt, received }: BudgetRun): string[] => {
  const crossed = new Map<unknown, unknown>();
  for (const { type, data } of received.values()) {
    const { action } = (data.threshold ?? {}) as { action?: string };
    if (type === 'budget.threshold.crossed' && action === 'stop')
      crossed.set(data.projectId, Date.parse(String(data.crossedAt)));
  }
  return plan.flatMap(({ projectId, crossesAtMs }) => {
    const [expected, found] = [startedAt + crossesAtMs, crossed.get(projectId)];
    return found === expected ? [] : [`${projectId} is crossed at ${expected}, found ${found}`];
  });
};

/** Projects whose usage at the end is not what their jobs have cost. */
const wrongTotals = ({ plan, startedAt, totalCents }: BudgetRun, stops: readonly Stop[]): string[] => {
  const ends = new Map(stops.map(({ job, arrivedAt }) => [job, arrivedAt - startedAt]));
  return plan.flatMap(({ projectId, jobs }) => {
    // One without a stop runs on: what it costs depends on when its usage was read.
    if (jobs.some((job) => !ends.has(job))) return [];
    const expected = spentCents(jobs, Infinity, (job) => ends.get(job));
    const found = totalCents.get(projectId);
    return found === expected ? [] : [`${projectId} cost ${expected} cents, found ${found}`];
  });
};

const inSeconds = (milliseconds: readonly number[]) => {
  const at = (share: number) => Number(((percentile(milliseconds, share) ?? 0) / 1000).toFixed(1));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
};

/** The figures of a run. */
export const addUpBudgets = (run: BudgetRun) => {
  const { options, plan, totalCents, repeated, refused } = run;
  const stops = stopsOf(run);
  const jobs = plan.reduce((sum, project) => sum + project.jobs.length, 0);
  const overshoot = plan.map(({ projectId, amountCents }) => (totalCents.get(projectId) ?? 0) - amountCents);
  const crossings = wrongCrossings(run);
  const totals = wrongTotals(run, stops);
  const late = stops.filter(({ requestedMs }) => requestedMs > LONGEST_MS);
  const early = stops.filter(({ requestedMs }) => requestedMs < 0);
  const wrong = {
    missingStops: jobs - stops.length,
    lateStops: late.length,
    earlyStops: early.length,
    wrongCrossings: crossings.length,
    wrongTotals: totals.length,
    refusedMessages: refused,
  };
  const money = (of: number) => Number(((percentile(overshoot, of) ?? 0) / 100).toFixed(2));
  return {
    ok: Object.values(wrong).every((count) => count === 0),
    ...{ options, jobs, repeated },
    budgets: plan.length,
    requestedSeconds: inSeconds(stops.map(({ requestedMs }) => requestedMs)),
    deliveredSeconds: inSeconds(stops.map(({ deliveredMs }) => deliveredMs)),
    overshoot: { p50: money(0.5), p99: money(0.99), max: money(1) },
    ...wrong,
    differences: [...crossings, ...totals].slice(0, DIFFERENCES_TOLD),
  };
};

export type BudgetReport = ReturnType<typeof addUpBudgets>;

const figures = ({ p50, p99, max }: BudgetReport['overshoot']) => [p50, p99, max].map(String);

/** The figures of a run for people. */
export const showBudgets = (report: BudgetReport): string => {
  const wrong = [
    counted(report.missingStops, 'missing stop'),
    counted(report.lateStops, 'late stop'),
    counted(report.earlyStops, 'early stop'),
    counted(report.wrongCrossings, 'wrong crossing'),
    counted(report.wrongTotals, 'wrong total'),
    counted(report.refusedMessages, 'refused message'),
  ].join(', ');
  return [
    `${counted(report.budgets, 'budget')}, ${counted(report.jobs, 'job')}, ${counted(report.repeated, 'message')} repeated`,
    '',
    table(
      [
        { title: 'since the minute that crosses began' },
        ...['p50', 'p99', 'max'].map((title) => ({ title, align: 'right' }) as const),
      ],
      [
        ['stop requested, s', ...figures(report.requestedSeconds)],
        ['stop delivered, s', ...figures(report.deliveredSeconds)],
        ['spent over the amount, EUR', ...figures(report.overshoot)],
      ],
    ),
    '',
    report.ok ? green(wrong) : red(wrong),
    ...report.differences.map((difference) => indent(difference)),
  ].join('\n');
};
