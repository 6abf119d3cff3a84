import assert from 'node:assert/strict';
import { isUnrated } from '../../billing/charges.ts';
import { totalOf } from '../../billing/lines.ts';
import { createUsageFold } from '../../billing/usage.ts';
import type { Charge } from '../../shapes/charge.ts';
import type { JobUsage, ProjectJobs, Usage } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { createCappedList } from '../capped-list.ts';
import {
  chargeView,
  costOf,
  isoTime,
  linesView,
  minutesOf,
  type PageOf,
  unratedMinutesOf,
} from '../public-shapes.ts';
import { type LiveCharge, liveCharges } from './live-charges.ts';

/** The usage of a project in a month, running jobs up to `now`. Without usage it is empty. */
export const readUsage = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
): Promise<Usage> => {
  const { currency, calendar } = context;
  const fold = createUsageFold(month, calendar, currency);
  const running = createCappedList<Charge>();
  const unrated = createCappedList<Charge>();
  const held = createCappedList<Charge>();

  for await (const ofJob of liveCharges(context, projectId, month, now))
    for (const live of ofJob) {
      for (const charge of live.charges) {
        fold.add(charge);
        const view = () => chargeView(charge, live.running);
        if (isUnrated(charge)) unrated.add(view);
        if (charge.held) held.add(view);
      }
      const last = live.charges.at(-1);
      if (live.running && last) running.add(() => chargeView(last, true));
    }
  const lines = fold.lines();
  return {
    projectId,
    month,
    timeZone: calendar.timeZone,
    asOf: isoTime(now),
    currency,
    total: totalOf(lines, currency),
    lines: linesView(lines, currency),
    days: fold.days().map((day) => ({ ...day, currency })),
    running: running.result(),
    unrated: unrated.result(),
    held: held.result(),
  };
};

const jobView = (live: readonly LiveCharge[], currency: string): JobUsage => {
  const charges = live.flatMap((one) => one.charges);
  const first = charges[0];
  assert(first, 'a live charge is not empty');
  const unratedMinutes = unratedMinutesOf(charges);
  return {
    jobId: first.jobId,
    running: live.some(({ running }) => running),
    ...(first.flavor !== undefined && { flavor: first.flavor }),
    ...(first.unit !== undefined && { unit: first.unit }),
    ...(first.units !== undefined && { units: first.units }),
    minutes: minutesOf(charges),
    ...(unratedMinutes > 0 && { unratedMinutes }),
    ...(charges.some((charge) => charge.held) && { held: true }),
    cost: costOf(charges, currency),
    currency,
  };
};

/** Jobs with charges in a month, by id. Each cost is rounded by itself; only lines are billed. */
export const readProjectJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  { limit, afterJobId }: { readonly limit: number; readonly afterJobId?: string | undefined },
): Promise<PageOf<ProjectJobs>> => {
  const jobs: JobUsage[] = [];
  for await (const ofJob of liveCharges(context, projectId, month, now, afterJobId)) {
    if (jobs.length === limit) return { projectId, month, jobs, next: jobs.at(-1)?.jobId };
    jobs.push(jobView(ofJob, context.currency));
  }
  return { projectId, month, jobs };
};
