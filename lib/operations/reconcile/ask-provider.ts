import * as v from 'valibot';
import type { Calendar, Span } from '../../billing/months.ts';
import type { OvhApi } from '../../provider/ovh-api.ts';
import { Refusal } from '../../refusal.ts';
import type { ProviderAnswers } from './reconcile-month.ts';

/** Jobs asked for at once. */
const PAGE_SIZE = 200;

const Period = v.object({
  id: v.string(),
  period: v.object({ from: v.string(), to: v.string() }),
});

/** How much of a month a usage period covers, in milliseconds. */
const coverOf = (listed: unknown, { start, end }: Span): number => {
  if (!v.is(Period, listed)) return 0;
  const { from, to } = listed.period;
  return Math.min(Date.parse(to), end) - Math.max(Date.parse(from), start);
};

/** The id of the usage of a month: of the current one, or the period that covers most of it. */
const findUsage = async (
  api: OvhApi,
  { project, month }: AskOptions,
  { calendar, now }: { readonly calendar: Calendar; readonly now: number },
): Promise<string> => {
  if (calendar.monthOf(now).id === month) return 'current';
  const span = calendar.month(month);
  const covering = (await api.usages(project)).filter(
    (listed) => coverOf(listed, span) > (span.end - span.start) / 2,
  );
  const [found] = covering.sort((a, b) => coverOf(b, span) - coverOf(a, span));
  if (v.is(Period, found)) return found.id;
  throw new Refusal('not-found', `the provider has no usage of ${month} for project ${project} yet`);
};

const Identified = v.object({ id: v.string() });
const idOf = (job: unknown): unknown => (v.is(Identified, job) ? job.id : job);

/** Page by page, until one has nothing new: jobs may move between pages, so some come twice. */
const allJobs = async (api: OvhApi, project: string): Promise<unknown[]> => {
  const jobs = new Map<unknown, unknown>();
  for (let page = 1; ; page += 1) {
    const known = jobs.size;
    for (const job of await api.jobs(project, { page, size: PAGE_SIZE })) jobs.set(idOf(job), job);
    if (jobs.size === known) return [...jobs.values()];
  }
};

export interface AskOptions {
  /** The project as the provider calls it. */
  readonly project: string;
  readonly month: string;
}

/** Asks the provider for what was not given: usage of the month and the list of jobs. */
export const askProvider = async (
  api: OvhApi,
  options: AskOptions,
  given: Partial<ProviderAnswers>,
  { calendar, now }: { readonly calendar: Calendar; now(): number },
): Promise<ProviderAnswers> => {
  const { project } = options;
  const usage =
    given.usage ?? (await api.usage(project, await findUsage(api, options, { calendar, now: now() })));
  if (given.jobs) return { ...given, usage };
  const jobs = await allJobs(api, project);
  return { ...given, usage, jobs: [jobs], jobsListedAt: now() };
};
