import { expect, test } from 'vitest';
import { readOperations } from '../../../../lib/operations/reads/operations/read-operations.ts';
import { decide } from '../../../../lib/operations/statements/decide.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { createMonth, MONTH } from '../month-to-approve.ts';
import type { World } from '../world.ts';

const ANA = { kind: 'token', id: 'ana' } as const;

const close = (world: World) => {
  world.clock.now += 600_000;
  return world.close({ shared: true, issue: 'approve' });
};

test.each([
  ['the next close issued', (world: World) => close(world)],
  [
    'an approval by hand issued',
    async (world: World, projectId: string) =>
      billProject(await world.open(), projectId, MONTH, { issue: 'approve' }),
  ],
])('operations count the statements that %s', async (_, issue) => {
  const world = await createMonth();
  await close(world);
  for (const projectId of ['proj-1', 'proj-2']) {
    await decide(await world.open(), { projectId, month: MONTH, decision: 'approve', by: ANA });
    await issue(world, projectId);
  }
  await close(world);
  const { closed } = await readOperations(await world.open(), { closeAfterMs: 0, now: world.clock.now });
  expect(closed).toMatchObject([{ month: MONTH, statements: 2 }]);
});
