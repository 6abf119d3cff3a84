import { expect, test } from 'vitest';
import { findBilledProjects } from '../../../lib/operations/billed-projects.ts';
import { statementsOf } from '../../../lib/operations/reads/read-statements.ts';
import { createStory } from './statement-story.ts';

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
