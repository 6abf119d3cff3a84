import * as v from 'valibot';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { BUDGET_REQUEST } from '../../../lib/http/openapi/budget-examples.ts';
import { RECONCILIATION } from '../../../lib/http/openapi/examples.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { readBudgetStates } from '../../../lib/operations/budgets/budget-states.ts';
import { setBudget } from '../../../lib/operations/budgets/set-budget.ts';
import type { PageOf } from '../../../lib/operations/public-shapes.ts';
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
import type { recordEvents } from '../../../lib/operations/record-events.ts';
import { BudgetRequest, BudgetState } from '../../../lib/shapes/budget.ts';
import { BilledChargeRecord } from '../../../lib/shapes/charge.ts';
import type { ConflictResults } from '../../../lib/shapes/events.ts';
import { Job } from '../../../lib/shapes/job.ts';
import { ProjectReconciliation } from '../../../lib/shapes/reconciliation.ts';
import { Statement, StatementCharges, Statements } from '../../../lib/shapes/statement.ts';
import { ProjectJobs, Projects, Usage } from '../../../lib/shapes/usage.ts';
import { createStory } from '../operations/statement-story.ts';
import { at, jobRef } from '../operations/world.ts';

const NOW = at('2026-11-02T10:00:00Z');
const EVERY = { limit: 1000 };

let context: BillingContext;
beforeAll(async () => {
  context = await (await createStory()).open();
  const { projectId, timeZone: _, ...report } = RECONCILIATION;
  await context.store.saveReconciliation(projectId, report.month, report);
  const change = { projectId, name: 'monthly', actor: { kind: 'token', id: 'ana' } } as const;
  await setBudget(context, change, v.parse(BudgetRequest, BUDGET_REQUEST));
});

/** As it is sent. */
const sent = async (answer: Promise<unknown>): Promise<unknown> => JSON.parse(JSON.stringify(await answer));
const mistakesIn = (shape: v.GenericSchema, value: unknown) =>
  (v.safeParse(shape, value).issues ?? []).map((issue) => `${v.getDotPath(issue)} ${issue.message}`);

const JOBS = [
  ...['mistaken', 'over-the-end', 'into-november', 'no-price', 'stop-lost', 'other-flavor', 'a'],
  ...['labelled', 'growing', 'no-count', 'ended-twice'],
];

describe('answers have the documented shape, each member by its rule and no other:', () => {
  const answers: [name: string, shape: v.GenericSchema, read: () => Promise<unknown>][] = [
    ['projects', Projects, () => listProjects(context, 'all', '2026-10', NOW, EVERY)],
    ['statements', Statements, () => readStatements(context, 'proj-1')],
    ...['2026-09', '2026-10', '2026-11'].flatMap((month): typeof answers => [
      [`usage of ${month}`, Usage, () => readUsage(context, 'proj-1', month, NOW)],
      [`jobs of ${month}`, ProjectJobs, () => readProjectJobs(context, 'proj-1', month, NOW, EVERY)],
    ]),
    ...['2026-09', '2026-10'].flatMap((month): typeof answers => [
      [`the statement of ${month}`, Statement, () => readStatement(context, 'proj-1', month)],
      [
        `the charges of ${month}`,
        StatementCharges,
        () => readStatementCharges(context, 'proj-1', month, EVERY),
      ],
    ]),
    ['budgets', v.array(BudgetState), () => readBudgetStates(context, 'proj-1', '2026-11', NOW)],
    ['a comparison', ProjectReconciliation, () => readReconciliation(context, 'proj-1', '2026-10')],
    ...JOBS.map((jobId): (typeof answers)[number] => [
      `job ${jobId}`,
      Job,
      () => readJob(context, jobRef(jobId), NOW),
    ]),
  ];

  test.each(answers)('%s', async (_, shape, read) => {
    expect(mistakesIn(shape, await sent(read()))).toEqual([]);
  });
});

test('a member that no shape names, or one of another rule, is found', async () => {
  const usage = (await sent(readUsage(context, 'proj-1', '2026-11', NOW))) as Usage;
  const [charge] = usage.running.charges;
  expect(mistakesIn(Usage, { ...usage, owner: 'nobody' })).toEqual(['owner is unknown']);
  expect(
    mistakesIn(Usage, {
      ...usage,
      running: { count: 1, charges: [{ ...charge, minutes: 0.5, pricePerHour: '1.930' }] },
    }),
  ).toEqual([
    'running.charges.0.minutes must be a whole number from 0 to 100000',
    expect.stringContaining('running.charges.0.pricePerHour must be a decimal string'),
  ]);
});

test('a charge may be running, a billed charge of a statement has ended', async () => {
  const { running } = await readUsage(context, 'proj-1', '2026-11', NOW);
  expect(running.charges.map(({ endedBy }) => endedBy.cause)).toContain('now');
  const { charges } = await readStatementCharges(context, 'proj-1', '2026-10', EVERY);
  const [position] = charges.filter((charge) => 'end' in charge);
  expect(v.is(BilledChargeRecord, position)).toBe(true);
  expect(v.is(BilledChargeRecord, { ...position, endedBy: { cause: 'now' } })).toBe(false);
});

/** Checked by the compiler. */
test('the operations give the types of the shapes', () => {
  expectTypeOf(readUsage).returns.resolves.toEqualTypeOf<Usage>();
  expectTypeOf(readProjectJobs).returns.resolves.toEqualTypeOf<PageOf<ProjectJobs, readonly string[]>>();
  expectTypeOf(readJob).returns.resolves.toEqualTypeOf<Job | undefined>();
  expectTypeOf(readStatement).returns.resolves.toEqualTypeOf<Statement>();
  expectTypeOf(readReconciliation).returns.resolves.toEqualTypeOf<ProjectReconciliation>();
  expectTypeOf<Awaited<ReturnType<typeof recordEvents>>>().toEqualTypeOf<ConflictResults>();
  expectTypeOf<StatementCharges['charges'][number]>().toEqualTypeOf<BilledChargeRecord>();
});
