import { isUnrated } from '../../billing/charges.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { totalOf } from '../../billing/lines.ts';
import { fromMilli } from '../../billing/money.ts';
import type { Status } from '../../billing/statuses.ts';
import { createUsageFold } from '../../billing/usage.ts';
import type { Charge } from '../../shapes/charge.ts';
import type { Usage } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { createBudgetStates } from '../budgets/budget-states.ts';
import { createCappedList } from '../capped-list.ts';
import { chargeView, isoTime, linesView } from '../public-shapes.ts';
import { pendingCorrections } from '../statements/pending-corrections.ts';
import { createForecast } from './forecast.ts';
import { createHeldTime } from './held-time.ts';
import { isKnownProject } from './known-project.ts';
import { type LiveCharge, liveCharges } from './live-charges.ts';
import { mapAhead } from './map-ahead.ts';
import { readMonthBilled } from './month-billed.ts';
import { createSilentJobs } from './silent-jobs.ts';
import { createGroups, type Grouping, groupingText, limitJobs } from './usage-groups.ts';

/** Jobs whose facts are read at a time. */
const READ_AT_A_TIME = 20;

/** Charges of a month by number, and the first of them, by what became of them. */
const createLists = () => {
  const running = createCappedList<Charge>();
  const unrated = createCappedList<Charge>();
  return {
    add(live: LiveCharge) {
      for (const charge of live.charges)
        if (isUnrated(charge)) unrated.add(() => chargeView(charge, live.running));
      const last = live.charges.at(-1);
      if (live.running && last) running.add(() => chargeView(last, true));
    },
    result: () => ({ running: running.result(), unrated: unrated.result() }),
  };
};

interface JobCharges {
  readonly ofJob: readonly LiveCharge[];
  /** Known if usage is grouped by it. */
  readonly status?: Status | undefined;
}

/** Charges by job, with the job's status if `grouping` is by it: then the facts of each are read. */
async function* chargesByJob(
  context: BillingContext,
  projectId: string,
  byJob: AsyncIterable<readonly LiveCharge[]>,
  grouping: Grouping | undefined,
): AsyncIterable<JobCharges> {
  if (grouping?.by !== 'status') {
    for await (const ofJob of byJob) yield { ofJob };
    return;
  }
  yield* mapAhead(limitJobs(byJob), READ_AT_A_TIME, async (ofJob): Promise<JobCharges> => {
    const [first] = ofJob;
    const facts = first ? await context.store.readFacts({ projectId, jobId: first.jobId }) : [];
    return { ofJob, status: readLifecycle(facts).status };
  });
}

/**
 * The usage of a project in a month, running jobs up to `now`. Without usage it is empty. Reads every
 * charge, unless other charges of the month are given.
 */
export const readUsage = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  grouping?: Grouping,
  charges: AsyncIterable<readonly LiveCharge[]> = liveCharges(context, projectId, month, now),
): Promise<Usage> => {
  const { currency, calendar } = context;
  const tariffs = await context.tariffs();
  const fold = createUsageFold(month, calendar, currency);
  const groups = grouping && createGroups(grouping);
  const lists = createLists();
  const held = createHeldTime(context, tariffs, now);
  const silent = createSilentJobs(context, tariffs, month, now);
  const isCurrent = calendar.monthOf(now).id === month;
  const forecast = isCurrent ? createForecast(context, tariffs, month, now) : undefined;
  const budgets = createBudgetStates(
    context,
    tariffs,
    await context.store.readBudgets(projectId),
    month,
    now,
  );
  let isEmpty = true;

  for await (const { ofJob, status } of chargesByJob(context, projectId, charges, grouping)) {
    isEmpty = false;
    for (const live of ofJob) {
      for (const charge of live.charges) {
        fold.add(charge);
        groups?.add(charge, status);
        held.add(charge, live.running);
      }
      lists.add(live);
      silent.add(live);
    }
    forecast?.add(ofJob);
    budgets.add(ofJob);
  }

  const lines = fold.lines();
  const total = totalOf(lines, currency);
  const silentJobs = await silent.result();
  const billed = await readMonthBilled(context, projectId, month, now, total);
  const budgetStates = budgets.result();
  const corrections = await pendingCorrections(context, projectId, month, now);
  return {
    projectId,
    month,
    timeZone: calendar.timeZone,
    asOf: isoTime(now),
    currency,
    total,
    lines: linesView(lines, currency),
    days: fold.days().map(({ milliUnitMinutes, ...day }) => ({
      ...day,
      unitMinutes: fromMilli(milliUnitMinutes),
      currency,
    })),
    ...(grouping && groups && { groupBy: groupingText(grouping), groups: groups.result(lines, currency) }),
    ...(forecast && { forecast: forecast.result(total) }),
    ...(billed && { billed }),
    ...corrections,
    ...(budgetStates.length > 0 && { budgets: budgetStates }),
    ...lists.result(),
    held: held.result(),
    ...(silentJobs && { silent: silentJobs }),
    ...(isEmpty && !(await isKnownProject(context, projectId, now)) && { unknown: true as const }),
  };
};
