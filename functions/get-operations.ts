import { readCloseConfig } from '../lib/config.ts';
import { ok } from '../lib/http/answers.ts';
import { forOperators, readFunction } from '../lib/http/read-function.ts';
import { readOperations } from '../lib/operations/reads/operations/read-operations.ts';

const { closeAfterMs } = readCloseConfig();

/** GET /v1/operations: the state of the stage, for tokens of all projects. */
export const handler = readFunction(
  'getOperations',
  async (read) => {
    forOperators(read);
    return ok(await readOperations(read.context, { closeAfterMs, now: read.now }));
  },
  'operations:read',
);
