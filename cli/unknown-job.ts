import type { BillingContext } from '../lib/operations/billing-context.ts';
import { isKnownProject } from '../lib/operations/reads/known-project.ts';
import { Refusal } from '../lib/refusal.ts';
import { unknownProjectText } from './unknown-project.ts';

/** Why a job cannot be found, and what helps. */
export const noSuchJob = async (
  context: BillingContext,
  projectId: string,
  jobId: string,
): Promise<Refusal> =>
  new Refusal(
    'not-found',
    (await isKnownProject(context, projectId, context.now()))
      ? `project ${projectId} has no job ${jobId}: \`jobmeter jobs ${projectId} --month <month> --search <part>\` finds ids`
      : `there is no job ${jobId}: ${unknownProjectText(projectId)}`,
  );
