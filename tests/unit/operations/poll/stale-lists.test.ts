import { expect, test } from 'vitest';
import { readLifecycle } from '../../../../lib/billing/lifecycle.ts';
import { pollProjects } from '../../../../lib/operations/poll/poll-projects.ts';
import { createWorld, jobRef } from '../world.ts';
import { createFakeOvh, jobOf, uuid } from './fake-ovh.ts';

const PROJECT = { provider: 'cloud-1', projectId: 'proj-1' };
const START = '2026-10-05T09:00:00.000Z';

test('a list that is some minutes old does not keep a job alive beyond its stop', async () => {
  const world = await createWorld({ now: '2026-10-06T00:00:30Z' });
  const ovh = createFakeOvh();
  const pollAt = async (time: string) => {
    world.setClock(time);
    await pollProjects(await world.open(), ovh.api, [PROJECT]);
    const { transitions } = readLifecycle(await world.store.readFacts(jobRef(uuid(1))));
    return transitions.map(({ id }) => id);
  };
  const runningSince = [['RUNNING', START]] as const;
  ovh.put('cloud-1', jobOf(uuid(1), runningSince));
  // It stops at 23:59:45, which the list does not have yet.
  expect(await pollAt('2026-10-06T00:00:30Z')).not.toContain('RUNNING@2026-10-06T00:00:00.000Z');
  const stop = 'DONE@2026-10-05T23:59:45.000Z';
  ovh.put('cloud-1', jobOf(uuid(1), [...runningSince, ['DONE', '2026-10-05T23:59:45.000Z']]));
  expect((await pollAt('2026-10-06T00:11:00Z')).at(-1)).toBe(stop);
});

test('a job that runs on is alive at the start of its day, once no list can be older', async () => {
  const world = await createWorld({ now: '2026-10-06T00:10:00Z' });
  const ovh = createFakeOvh();
  ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', START]]));
  await pollProjects(await world.open(), ovh.api, [PROJECT]);
  const { transitions } = readLifecycle(await world.store.readFacts(jobRef(uuid(1))));
  expect(transitions.map(({ id }) => id)).toEqual([`RUNNING@${START}`, 'RUNNING@2026-10-06T00:00:00.000Z']);
});
