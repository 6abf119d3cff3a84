import { isUnrated } from '../../billing/charges.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import { addMonths } from '../../billing/months.ts';
import { Refusal } from '../../refusal.ts';
import type { Projects, ProjectTotal } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { readCharges, snapshotView } from '../snapshots/read-charges.ts';
import { storedUsage } from '../snapshots/snapshot-usage.ts';
import { mapAhead } from './map-ahead.ts';
import { listProjects } from './read-projects.ts';

/** Projects of one answer with totals. */
export const MAX_TOTALS = 25;
/** Projects added up at a time. */
const ADDED_AT_A_TIME = 5;

/** The figures of one usage month; nothing if they take longer than the deadline. */
const readFigures = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  deadline: number,
) => {
  const read = await readCharges(context, projectId, month, now);
  const view = snapshotView(read, now);
  const stored = await storedUsage(context, projectId, month, read);
  if (stored) {
    const { total, held, unrated, running } = stored;
    return { total, held: held.count, unrated: unrated.count, running: running.count, ...view };
  }
  const fold = createLineFold();
  const counts = { held: 0, unrated: 0, running: 0 };
  for await (const ofJob of read.charges()) {
    if (context.now() >= deadline) return undefined;
    for (const { charges: ofRun, running } of ofJob) {
      if (running && ofRun.length > 0) counts.running += 1;
      for (const charge of ofRun) {
        if (isUnrated(charge)) counts.unrated += 1;
        if (charge.held) counts.held += 1;
        fold.after(charge);
      }
    }
  }
  return { total: totalOf(fold.lines(month, context.currency), context.currency), ...counts, ...view };
};

/** A large month without a snapshot is left out, like one that takes too long. */
const unlessBeingComputed = (error: unknown): undefined => {
  if (!(error instanceof Refusal)) throw error;
};

/** Time for the totals of one answer: a function has 29 seconds. */
const TOTALS_MS = 20_000;

/** Totals of projects in their order, without those that are not added up by the deadline. */
const readProjectTotals = async (
  context: BillingContext,
  projects: readonly string[],
  month: string,
  now: number,
  deadline: number,
): Promise<ProjectTotal[]> => {
  const { currency } = context;
  const totals: ProjectTotal[] = [];
  const added = mapAhead(projects, ADDED_AT_A_TIME, async (projectId) => {
    const [figures, previous] = await Promise.all(
      [month, addMonths(month, -1)].map((of) =>
        readFigures(context, projectId, of, now, deadline).catch(unlessBeingComputed),
      ),
    );
    return figures && previous && { projectId, currency, ...figures, previousTotal: previous.total };
  });
  for await (const total of added) if (total) totals.push(total);
  return totals;
};

/** A page of projects, with their totals if they are requested: then it is a short one. */
export const readProjects = async (
  context: BillingContext,
  grant: readonly string[] | 'all',
  month: string,
  now: number,
  { totals, limit, after }: Parameters<typeof listProjects>[4] & { readonly totals: boolean },
): Promise<PageOf<Projects>> => {
  if (!totals) return listProjects(context, grant, month, now, { limit, after });
  const page = await listProjects(context, grant, month, now, { limit: Math.min(limit, MAX_TOTALS), after });
  return { ...page, totals: await readProjectTotals(context, page.projects, month, now, now + TOTALS_MS) };
};
