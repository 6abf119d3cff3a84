import { expect, test } from 'vitest';
import { createUnbudgeted } from '../../../../lib/operations/budgets/mark-changed.ts';
import { settleBatch } from '../../../../lib/operations/settle/settle-batch.ts';
import type { Key } from '../../../../lib/store/table.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, jobRef, status } from '../world.ts';

const STARTED = '2026-10-05T08:00:00Z';
const of = (projectId: string) => ({ projectId });

/** Settles jobs as one batch; the projects whose budgets were looked for. */
const budgetsLookedFor = async (
  world: Awaited<ReturnType<typeof createWorld>>,
  projects: readonly string[],
) => {
  const found: string[] = [];
  const read = await world.store.readBudgetCheck('with-budgets');
  if (!read) await world.store.saveBudgetCheck({ projectId: 'with-budgets', dueAt: 0, version: 1 }, read);
  const table = wrapTable(world.table, async ({ name, args }, run) => {
    const [key] = args as [Key];
    if (name === 'get' && key.pk === 'BUDGET-CHECK') found.push(key.sk);
    return run();
  });
  const onFailure = ({ error }: { readonly error: unknown }) => {
    throw error;
  };
  const jobs = projects.map((projectId) => jobRef('job-1', projectId));
  const outcome = await settleBatch(await world.open(table), jobs, {
    unbudgeted: createUnbudgeted(),
    onFailure,
  });
  expect(outcome).toEqual({ parked: [], lost: [] });
  return found.sort();
};

test('budgets are made due of jobs that run or have run, and not of those in a queue', async () => {
  const world = await createWorld();
  await world.record(
    status('job-1', 'QUEUED', STARTED, of('waiting')),
    status('job-1', 'PENDING', '2026-10-05T08:00:01Z', of('waiting')),
    status('job-1', 'RUNNING', STARTED, of('running')),
    status('job-1', 'RUNNING', STARTED, of('done')),
    status('job-1', 'DONE', '2026-10-05T13:00:00Z', of('done')),
  );
  expect(await budgetsLookedFor(world, ['waiting', 'running', 'done'])).toEqual(['done', 'running']);
});

test('budgets are made due again where charges were written by an attempt that came no further', async () => {
  const world = await createWorld();
  await world.record(status('job-1', 'RUNNING', STARTED, of('running')));
  expect(await budgetsLookedFor(world, ['running'])).toEqual(['running']);
  expect(await budgetsLookedFor(world, ['running'])).toEqual(['running']);
});
