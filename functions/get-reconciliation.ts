import { ok } from '../lib/http/answers.ts';
import { revalidated } from '../lib/http/etags.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readReconciliation } from '../lib/operations/reads/read-reconciliation.ts';

/** GET /v1/projects/{projectId}/reconciliations/{month}: a month compared with the provider's bill. */
export const handler = readFunction('getReconciliation', async (read) => {
  const projectId = visibleProject(read);
  const reconciliation = await readReconciliation(read.context, projectId, pathMonth(read));
  return revalidated(read.request, ok(reconciliation));
});
