import { expect, test } from 'vitest';
import { listUnratedJobs } from '../../../../lib/operations/reads/unrated-jobs.ts';
import { createWorld, status } from '../world.ts';
import { run } from './pages-and-runs.ts';

const H100 = { resources: { flavor: 'ai2-h100', milliUnits: { gpu: 8_000 } } };

test('jobs without a price are listed over all projects and months, by their minutes, with what each waits for', async () => {
  const world = await createWorld({ now: '2026-11-02T00:00:00Z' });
  await world.tell(
    ...run('priced', '2026-11-01T00:00:00Z', '2026-11-01T01:00:00Z'),
    ...run('over', '2026-10-05T00:00:00Z', '2026-10-05T01:00:00Z', H100),
    ...run('over', '2026-10-06T00:00:00Z', '2026-10-06T00:30:00Z', H100),
    status('runs-on', 'RUNNING', '2026-10-31T00:00:00Z', H100),
    status('no-resources', 'RUNNING', '2026-11-01T23:00:00Z', { projectId: 'proj-2' }),
  );
  expect(await listUnratedJobs(await world.open(), world.clock.now)).toEqual({
    asOf: '2026-11-02T00:00:00.000Z',
    jobs: [
      {
        ...{ projectId: 'proj-1', jobId: 'runs-on', since: '2026-10-31T00:00:00.000Z', minutes: 2880 },
        ...{ flavor: 'ai2-h100', waitsFor: ['a price for ai2-h100'] },
      },
      {
        ...{ projectId: 'proj-1', jobId: 'over', since: '2026-10-05T00:00:00.000Z', minutes: 90 },
        ...{ flavor: 'ai2-h100', waitsFor: ['a price for ai2-h100'] },
      },
      {
        ...{ projectId: 'proj-2', jobId: 'no-resources', since: '2026-11-01T23:00:00.000Z', minutes: 60 },
        waitsFor: ['resources'],
      },
    ],
  });
});
