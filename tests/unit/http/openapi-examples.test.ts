import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { durationMs } from '../../../lib/billing/duration.ts';
import type { Transition } from '../../../lib/billing/facts.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import { LOCAL_TOKEN_SECRET } from '../../../lib/config.ts';
import { createLink } from '../../../lib/http/links.ts';
import { BUDGET, BUDGET_REQUEST, BUDGETS } from '../../../lib/http/openapi/budget-examples.ts';
import {
  CONFLICT,
  JOB,
  LINK,
  LINK_REQUEST,
  NO_SUBJECT,
  NO_TOKEN,
  NOT_FOUND,
  ODD_MONTH,
  PROJECT_JOBS,
  PROJECTS,
  RECONCILIATION,
  RETRACTION_EVENT,
  STATEMENT,
  STATEMENT_CHARGES,
  STATEMENTS,
  STATUS_EVENT,
  UNSIGNED,
  USAGE,
} from '../../../lib/http/openapi/examples.ts';
import { ORIGIN } from '../../../lib/http/origin.ts';
import { monthParameter, notFound } from '../../../lib/http/parameters.ts';
import { parseEvents } from '../../../lib/http/parse-events.ts';
import { refusalAnswer } from '../../../lib/http/problem.ts';
import { createTokenVerifier } from '../../../lib/http/tokens.ts';
import { verifyWebhook } from '../../../lib/http/webhook-signature.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { readBudgetStates } from '../../../lib/operations/budgets/budget-states.ts';
import { setBudget } from '../../../lib/operations/budgets/set-budget.ts';
import { readJob } from '../../../lib/operations/reads/read-job.ts';
import { readProjectJobs } from '../../../lib/operations/reads/read-project-jobs.ts';
import { listProjects } from '../../../lib/operations/reads/read-projects.ts';
import { readReconciliation } from '../../../lib/operations/reads/read-reconciliation.ts';
import {
  readStatement,
  readStatementCharges,
  readStatements,
} from '../../../lib/operations/reads/read-statements.ts';
import { readUsage } from '../../../lib/operations/reads/read-usage.ts';
import { BudgetRequest } from '../../../lib/shapes/budget.ts';
import { at, createWorld, jobRef, retraction, status, TWO_CPUS, TWO_GPUS } from '../operations/world.ts';
import { refusalOf } from './refused.ts';
import { batch, NOW, requestOf, SECRET, structured } from './requests.ts';

const step = (jobId: string, number: number, entered: Status, time: string, said: Partial<Transition> = {}) =>
  status(jobId, entered, time, { id: `${jobId}-${number}`, ...said });

/** The story of the examples. Their statements have ids as they are in a deployed table. */
const playStory = async () => {
  const ids = ['1841ce80-1323-43c8-9b07-610335da0399', '224444db-7147-466f-a4fc-4418d237a066'];
  const world = await createWorld({ now: '2026-09-30T23:00:00Z' });
  const mistaken = step('job-cpu', 1, 'RUNNING', '2026-09-03T08:00:00Z', { resources: TWO_CPUS });
  await world.tell(
    mistaken,
    step('job-cpu', 2, 'DONE', '2026-09-13T08:00:00Z'),
    step('job-gpu', 1, 'QUEUED', '2026-09-30T20:59:00Z', { resources: TWO_GPUS }),
    step('job-gpu', 2, 'RUNNING', '2026-09-30T21:00:30Z'),
  );
  await world.closeAt('2026-10-01T02:00:00Z');
  await world.tell(
    step('job-gpu', 3, 'DONE', '2026-10-01T02:00:00Z'),
    retraction(mistaken, '2026-10-05T09:00:00Z'),
  );
  await world.closeAt('2026-11-01T02:00:00Z');
  world.setClock('2026-11-23T01:43:42.910Z');
  await world.tell(step('job-8c1f', 4, 'RUNNING', '2026-11-23T01:43:33Z', { resources: TWO_GPUS }));
  const actor = { kind: 'token', id: 'ana' } as const;
  const wanted = v.parse(BudgetRequest, BUDGET_REQUEST);
  await setBudget(await world.open(), { projectId: 'proj-1', name: BUDGET.name, actor }, wanted);
  const { projectId, timeZone: _, ...report } = RECONCILIATION;
  await world.store.saveReconciliation(projectId, report.month, report);
  const asDeployed = (answer: unknown): unknown =>
    JSON.parse(JSON.stringify(answer).replace(/statement-([12])/g, (_, number) => ids[number - 1] ?? ''));
  return { context: await world.open(), now: world.clock.now, asDeployed };
};

describe('the examples of answers are what is answered:', () => {
  let story: Awaited<ReturnType<typeof playStory>>;
  beforeAll(async () => {
    story = await playStory();
  });

  const page = { limit: 100 };
  test.each<
    [name: string, example: unknown, read: (context: BillingContext, now: number) => Promise<unknown>]
  >([
    ['projects', PROJECTS, (context, now) => listProjects(context, ['proj-1'], '2026-11', now, page)],
    ['usage', USAGE, (context, now) => readUsage(context, 'proj-1', '2026-11', now)],
    ['budgets', BUDGETS.budgets, (context, now) => readBudgetStates(context, 'proj-1', '2026-11', now)],
    ['jobs', PROJECT_JOBS, (context, now) => readProjectJobs(context, 'proj-1', '2026-10', now, page)],
    ['a job', JOB, (context, now) => readJob(context, jobRef('job-gpu'), now)],
    ['statements', STATEMENTS, (context) => readStatements(context, 'proj-1')],
    ['a statement', STATEMENT, (context) => readStatement(context, 'proj-1', '2026-10')],
    ['a comparison', RECONCILIATION, (context) => readReconciliation(context, 'proj-1', '2026-10')],
    ['charges', STATEMENT_CHARGES, (context) => readStatementCharges(context, 'proj-1', '2026-10', page)],
  ])('%s', async (_, example, read) => {
    expect(story.asDeployed(await read(story.context, story.now))).toEqual(example);
  });

  test('a link', async () => {
    const { projectId, to, expiresIn } = LINK_REQUEST;
    const link = { origin: ORIGIN, projectId, to, expiresInMs: durationMs(expiresIn) };
    expect(await createLink(LOCAL_TOKEN_SECRET, link, story.now)).toEqual(LINK);
  });
});

describe('the examples of problems are what is answered:', () => {
  const now = at(STATUS_EVENT.time);
  const verify = createTokenVerifier({ kind: 'secret', secret: 'secret', mayLastForEver: false });

  test.each<[name: string, example: unknown, refused: () => unknown]>([
    [
      'an event without a job',
      NO_SUBJECT,
      () => parseEvents(structured({ ...STATUS_EVENT, subject: '' }), now),
    ],
    [
      'no signature',
      UNSIGNED,
      () => {
        const timestamp = String(NOW / 1000);
        const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp };
        return verifyWebhook(requestOf({ headers }), [SECRET], NOW);
      },
    ],
    ['no token', NO_TOKEN, () => verify(undefined, now)],
    ['no month', ODD_MONTH, () => monthParameter('2026-13')],
    [
      'not found',
      NOT_FOUND,
      () => {
        throw notFound();
      },
    ],
    [
      'a conflict',
      CONFLICT,
      async () => {
        const world = await createWorld();
        const known = step('job-8c1f', 4, 'RUNNING', '2026-11-23T01:43:33Z');
        await world.record(known);
        return world.record({ ...known, status: 'DONE' });
      },
    ],
  ])('%s', async (_, example, refused) => {
    const { body = '' } = refusalAnswer(await refusalOf(async () => refused()), 'GET /v1/projects');
    expect(JSON.parse(body)).toEqual(example);
  });

  test('the events of the examples are valid', () => {
    expect(parseEvents(batch([STATUS_EVENT, RETRACTION_EVENT]), now)).toHaveLength(2);
  });
});
