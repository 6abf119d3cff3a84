import { expect, test } from 'vitest';
import { findBilledProjects } from '../../../lib/operations/billed-projects.ts';
import { statementsOf } from '../../../lib/operations/reads/read-statements.ts';
import { createStory, run } from './statement-story.ts';
import { createWorld, TWO_GPUS } from './world.ts';

/** Two months later, and once the marks of these months have expired. */
test.each(['2027-01-01T00:00:00Z', '2031-01-01T00:00:00Z'])(
  'every project with a statement of the months is found, at %s',
  async (now) => {
    const world = await createStory();
    world.setClock(now);
    const context = await world.open();
    const found = async (from: string, to: string) => {
      const projects = await findBilledProjects(context, { from, to });
      const statements = await Array.fromAsync(statementsOf(context, projects, { from, to }));
      return statements.map(({ statement }) => `${statement.projectId} ${statement.month}`);
    };
    expect(await found('2026-09', '2026-10')).toEqual([
      'proj-1 2026-09',
      'proj-1 2026-10',
      'proj-2 2026-09',
      'proj-2 2026-10',
    ]);
    expect(await found('2026-10', '2026-12')).toEqual(['proj-1 2026-10', 'proj-2 2026-10']);
    expect(await found('2026-01', '2026-08')).toEqual([]);
  },
);

test('a project is found that was used in the last of the months only, or corrected only in the first', async () => {
  const world = await createWorld({ now: '2026-09-15T00:00:00Z' });
  const of = (projectId: string) => ({ projectId, resources: TWO_GPUS });
  await world.tell(...run('job-1', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z', of('used-first')));
  await world.closeAt('2026-10-01T02:00:00Z');
  await world.tell(...run('job-1', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z', of('late-facts')));
  await world.closeAt('2026-11-01T02:00:00Z');
  await world.tell(...run('job-1', '2026-11-05T08:00:00Z', '2026-11-05T09:00:00Z', of('used-last')));
  await world.closeAt('2026-12-01T02:00:00Z');
  for (const now of ['2026-12-02T00:00:00Z', '2031-01-01T00:00:00Z']) {
    world.setClock(now);
    const range = { from: '2026-10', to: '2026-11' };
    const context = await world.open();
    const projects = await findBilledProjects(context, range);
    const statements = await Array.fromAsync(statementsOf(context, projects, range));
    expect(statements.map(({ statement }) => `${statement.projectId} ${statement.month}`)).toEqual([
      'late-facts 2026-10',
      'used-last 2026-11',
    ]);
  }
});
