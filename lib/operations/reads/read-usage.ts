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

/** What a project has used in a month so far, running jobs up to `now`. A month without usage is an empty usage. */
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
      for (const piece of live.pieces) {
        fold.add(piece);
        const view = () => chargeView(piece, live.running);
        if (isUnrated(piece)) unrated.add(view);
        if (piece.held) held.add(view);
      }
      const last = live.pieces.at(-1);
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

const jobView = (charges: readonly LiveCharge[], currency: string): JobUsage => {
  const pieces = charges.flatMap((charge) => charge.pieces);
  const first = pieces[0];
  assert(first, 'a live charge has a piece');
  const unratedMinutes = unratedMinutesOf(pieces);
  return {
    jobId: first.jobId,
    running: charges.some((charge) => charge.running),
    ...(first.flavor !== undefined && { flavor: first.flavor }),
    ...(first.unit !== undefined && { unit: first.unit }),
    ...(first.units !== undefined && { units: first.units }),
    minutes: minutesOf(pieces),
    ...(unratedMinutes > 0 && { unratedMinutes }),
    ...(pieces.some((piece) => piece.held) && { held: true }),
    cost: costOf(pieces, currency),
    currency,
  };
};

/** Jobs with charges in a month, by id, each rounded on its own: what is billed are the lines. */
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
