import { expect, test } from 'vitest';
import { readOperations } from '../../../../lib/operations/reads/operations/read-operations.ts';
import { decide } from '../../../../lib/operations/statements/decide.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { run } from '../statement-story.ts';
import { createWorld } from '../world.ts';

const MONTH = '2026-10';
const ANA = { kind: 'token', id: 'ana' } as const;

const createMonth = async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  await world.tell(
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', { projectId: 'proj-2' }),
  );
  world.setClock('2026-11-01T06:00:00Z');
  return world;
};

test('operations count the statements that were approved one after the other', async () => {
  const world = await createMonth();
  const close = () => world.close({ shared: true, issue: 'approve' });
  await close();
  for (const projectId of ['proj-1', 'proj-2']) {
    await decide(await world.open(), { projectId, month: MONTH, decision: 'approve', by: ANA });
    world.clock.now += 600_000;
    await close();
  }
  const { closed } = await readOperations(await world.open(), { closeAfterMs: 0, now: world.clock.now });
  expect(closed).toMatchObject([{ month: MONTH, statements: 2 }]);
});

test('operations count the statements that an approval by hand issued', async () => {
  const world = await createMonth();
  const close = () => world.close({ shared: true, issue: 'approve' });
  await close();
  for (const projectId of ['proj-1', 'proj-2']) {
    await decide(await world.open(), { projectId, month: MONTH, decision: 'approve', by: ANA });
    await billProject(await world.open(), projectId, MONTH, { issue: 'approve' });
  }
  world.clock.now += 600_000;
  await close();
  const { closed } = await readOperations(await world.open(), { closeAfterMs: 0, now: world.clock.now });
  expect(closed).toMatchObject([{ month: MONTH, statements: 2 }]);
});
