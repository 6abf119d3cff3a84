import { jobsCsv } from '../lib/export/jobs-csv.ts';
import { ok, withFittingList } from '../lib/http/answers.ts';
import { csvAnswer } from '../lib/http/csv-answer.ts';
import { negotiateFormat, varying } from '../lib/http/formats.ts';
import { withLatestRetractions } from '../lib/http/job-answer.ts';
import { allJobsParameters, jobsParameters, MAX_CSV_JOBS, tooManyJobs } from '../lib/http/job-parameters.ts';
import { toCursor } from '../lib/http/parameters.ts';
import { readFunction, requestedMonth, visibleProject } from '../lib/http/read-function.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { latestAllJobs, latestJobs } from '../lib/operations/snapshots/snapshot-jobs.ts';

const FORMATS = { json: 'application/json', csv: 'text/csv' };

/** GET /v1/projects/{projectId}/jobs?month=: jobs with charges in a month, a page or a CSV of all. */
export const handler = readFunction('getProjectJobs', async (read) => {
  const projectId = visibleProject(read);
  const month = requestedMonth(read);
  const of: [BillingContext, string, string, number] = [read.context, projectId, month, read.now];
  const answers = {
    json: async () => {
      const page = jobsParameters(read.query);
      return withFittingList(page.limit, async (limit) => {
        const { next, jobs, ...rest } = await latestJobs(...of, { ...page, limit });
        const listed = jobs.map(({ billed, ...job }) => ({
          ...job,
          ...(billed && { billed: withLatestRetractions(billed) }),
        }));
        return ok({ ...rest, jobs: listed, ...(next && { next: toCursor(next) }) });
      });
    },
    csv: async () => {
      const jobs = await latestAllJobs(...of, allJobsParameters(read.query), MAX_CSV_JOBS);
      if (!jobs) throw tooManyJobs();
      return csvAnswer(`jobs-${projectId}-${month}`, jobsCsv(jobs), tooManyJobs);
    },
  };
  return varying(await answers[negotiateFormat(read.request, FORMATS)]());
});
