import { ok } from '../lib/http/answers.ts';
import { readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readStatements } from '../lib/operations/reads/read-statements.ts';

/** GET /v1/projects/{projectId}/statements: a project's statements, latest first. */
export const handler = readFunction('getStatements', async (read) =>
  ok(await readStatements(read.context, visibleProject(read))),
);
