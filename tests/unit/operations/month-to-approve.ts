import { run } from './statement-story.ts';
import { createWorld, type World } from './world.ts';

export const MONTH = '2026-10';

/** October of two projects, 3.86 and 7.72 EUR, of which nothing is closed yet. */
export const createMonth = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  await world.tell(
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', { projectId: 'proj-2' }),
  );
  world.setClock('2026-11-01T06:00:00Z');
  return world;
};
