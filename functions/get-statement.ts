import { ok } from '../lib/http/answers.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readStatement } from '../lib/operations/read-statements.ts';

/** GET /v1/projects/{projectId}/statements/{month}: a project's frozen statement. */
export const handler = readFunction(async (read) =>
  ok(await readStatement(read.ledger, visibleProject(read), pathMonth(read))),
);
