import { ok, refuseTooLarge } from '../lib/http/answers.ts';
import { groupingParameter, tooLargeGroups } from '../lib/http/job-parameters.ts';
import { readFunction, requestedMonth, visibleProject } from '../lib/http/read-function.ts';
import { latestUsage } from '../lib/operations/snapshots/snapshot-usage.ts';

/** GET /v1/projects/{projectId}/usage?month=: usage so far, running jobs included. */
export const handler = readFunction('getUsage', async (read) => {
  const grouping = groupingParameter(read.query.groupBy);
  const of = [read.context, visibleProject(read), requestedMonth(read), read.now] as const;
  const usage = ok(await latestUsage(...of, grouping));
  return grouping ? refuseTooLarge(usage, tooLargeGroups) : usage;
});
