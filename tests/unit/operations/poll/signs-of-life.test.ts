import { beforeEach, describe, expect, test } from 'vitest';
import { readLifecycle } from '../../../../lib/billing/lifecycle.ts';
import { createTariffBook } from '../../../../lib/billing/tariff.ts';
import { pollProjects } from '../../../../lib/operations/poll/poll-projects.ts';
import { signRuleAt } from '../../../../lib/operations/poll/signs-of-life.ts';
import { listHeldJobs } from '../../../../lib/operations/reads/held-jobs.ts';
import { createWorld, jobRef, TARIFF, type World } from '../world.ts';
import { createFakeOvh, type FakeOvh, jobOf, uuid } from './fake-ovh.ts';

const DAY_MS = 24 * 3_600_000;
const PROJECT = { provider: 'cloud-1', projectId: 'proj-1' };
const BILLED = { ...TARIFF, billableStatuses: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'] as const };

let world: World;
let ovh: FakeOvh;
const begin = async (...tariffs: readonly (typeof TARIFF)[]) => {
  world = await createWorld({ now: '2026-10-05T12:00:00Z', tariffs: [...tariffs] });
  ovh = createFakeOvh();
};
const poll = async () => pollProjects(await world.open(), ovh.api, [PROJECT]);
const idsOf = async (n: number) =>
  readLifecycle(await world.store.readFacts(jobRef(uuid(n)))).transitions.map(({ id }) => id);
const MORNING = '2026-10-04T09:00:00.000Z';
const MIDNIGHT = '2026-10-05T00:00:00.000Z';

describe('where more than RUNNING is billed', () => {
  beforeEach(() => begin(BILLED));

  test.each(BILLED.billableStatuses.map((status) => [status] as const))(
    'a job that is %s gives signs of life',
    async (status) => {
      ovh.put('cloud-1', jobOf(uuid(1), [[status, MORNING]]));
      await poll();
      expect(await idsOf(1)).toEqual([`${status}@${MORNING}`, `${status}@${MIDNIGHT}`]);
    },
  );

  test('the jobs of each status are listed for themselves, RUNNING first', async () => {
    await poll();
    expect(ovh.calls).toEqual([
      'cloud-1 page 1',
      ...['RUNNING', 'PENDING', 'INTERRUPTING', 'TIMEOUT'].map((status) => `cloud-1 page 1 ${status}`),
    ]);
    ovh.newCalls();
    await poll();
    expect(ovh.calls).toEqual(['cloud-1 page 1']);
  });

  test('a job that waits for long is not held', async () => {
    ovh.put('cloud-1', jobOf(uuid(1), [['PENDING', MORNING]]));
    for (let day = 0; day < 20; day += 1) {
      await poll();
      world.clock.now += DAY_MS;
    }
    await world.settle(jobRef(uuid(1)));
    expect((await listHeldJobs(await world.open(), world.clock.now)).jobs).toEqual([]);
  });

  test('a poll that is interrupted between two statuses goes on with the next', async () => {
    ovh.put('cloud-1', jobOf(uuid(1), [['TIMEOUT', MORNING]]));
    for (let calls = 0; calls < 8; calls += 1)
      await pollProjects(await world.open(), ovh.api, [PROJECT], { calls: 1 });
    expect(await idsOf(1)).toContain(`TIMEOUT@${MIDNIGHT}`);
  });
});

test('a status that is not billed gives none', async () => {
  await begin(TARIFF);
  ovh.put('cloud-1', jobOf(uuid(1), [['PENDING', MORNING]]));
  await poll();
  expect(await idsOf(1)).toEqual([`PENDING@${MORNING}`]);
  expect(ovh.calls).toContain('cloud-1 page 1 RUNNING');
  expect(ovh.calls).not.toContain('cloud-1 page 1 PENDING');
});

test('a status that was entered before it is billed gives none: a sign of life would open a charge', async () => {
  await begin(TARIFF, { ...BILLED, effectiveFrom: Date.parse('2026-10-04T12:00:00Z'), revision: 1 });
  ovh.put('cloud-1', jobOf(uuid(1), [['PENDING', MORNING]]), jobOf(uuid(2), [['RUNNING', MORNING]]));
  await poll();
  expect(await idsOf(1)).toEqual([`PENDING@${MORNING}`]);
  expect(await idsOf(2)).toHaveLength(2);
});

test('a status that is not billed any more gives none: a sign of life would end its charge', async () => {
  const { isAlive, step } = signRuleAt(
    createTariffBook([BILLED, { ...TARIFF, effectiveFrom: Date.parse(MIDNIGHT), revision: 1 }]),
    Date.parse('2026-10-05T12:00:00Z'),
  );
  expect(step).toBe(Date.parse(MIDNIGHT));
  expect(isAlive('PENDING', Date.parse(MORNING))).toBe(false);
  expect(isAlive('RUNNING', Date.parse(MORNING))).toBe(true);
});

test('a list that is ended in the next step is followed by that of the next', async () => {
  await begin(TARIFF);
  ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', MORNING]]));
  await pollProjects(await world.open(), ovh.api, [PROJECT], { calls: 3 });
  expect(await idsOf(1)).toContain(`RUNNING@${MIDNIGHT}`);
  ovh.put('cloud-1', jobOf(uuid(2), [['RUNNING', MORNING]]));
  world.setClock('2026-10-06T12:00:00Z');
  await poll();
  for (const n of [1, 2]) expect(await idsOf(n)).toContain('RUNNING@2026-10-06T00:00:00.000Z');
});

test.each([
  ['PT1M', 60_000, 'RUNNING@2026-10-05T11:50:00.000Z'],
  ['PT2H', 2 * 3_600_000, 'RUNNING@2026-10-05T11:00:00.000Z'],
  ['P2D', 2 * DAY_MS, `RUNNING@${MIDNIGHT}`],
  ['P366D', 366 * DAY_MS, `RUNNING@${MIDNIGHT}`],
])('with a maxSilence of %s the step fits', async (_, maxSilenceMs, id) => {
  await begin({ ...TARIFF, maxSilenceMs });
  ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', MORNING]]));
  await poll();
  expect((await idsOf(1)).at(-1)).toBe(id);
});

test('a run that restarted in the step gives none', async () => {
  await begin(TARIFF);
  const restarted = [
    ['RUNNING', MORNING],
    ['RESTARTING', '2026-10-05T08:00:00.000Z'],
    ['RUNNING', '2026-10-05T08:01:00.000Z'],
  ] as const;
  ovh.put('cloud-1', jobOf(uuid(1), restarted));
  await poll();
  expect(await idsOf(1)).toHaveLength(3);
});
