import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { readLifecycle } from '../../../../lib/billing/lifecycle.ts';
import { pollProjects } from '../../../../lib/operations/poll/poll-projects.ts';
import { ProviderError } from '../../../../lib/provider/ovh-api.ts';
import { itemsOn } from '../../../../simulation/items-on.ts';
import { placesOf } from '../../sources/ovh-jobs.ts';
import { createWorld, jobRef, type World } from '../world.ts';
import { createFakeOvh, type FakeOvh, jobOf, uuid } from './fake-ovh.ts';

const PROJECT = { provider: 'cloud-1', projectId: 'proj-1' };
const OTHER = { provider: 'cloud-2', projectId: 'proj-2' };
const MORNING = ['2026-10-05T09:00:00.000Z', '2026-10-05T10:00:00.000Z'] as const;

let world: World;
let ovh: FakeOvh;
beforeEach(async () => {
  world = await createWorld({ now: '2026-10-05T12:00:00Z' });
  ovh = createFakeOvh();
});

const poll = async (projects = [PROJECT], options: Parameters<typeof pollProjects>[3] = {}) =>
  pollProjects(await world.open(), ovh.api, projects, options);

const done = (n: number, [start, end] = MORNING as readonly [string, string], updatedAt = end) =>
  jobOf(
    uuid(n),
    [
      ['RUNNING', start],
      ['DONE', end],
    ],
    updatedAt,
  );

const fill = (count: number) => ovh.put('cloud-1', ...Array.from({ length: count }, (_, n) => done(n)));
const events = async () => (await itemsOn(world.table, 'EVENT#')).length;
const idsOf = async (n: number) =>
  readLifecycle(await world.store.readFacts(jobRef(uuid(n)))).transitions.map(({ id }) => id);
const cursor = async () => (await world.store.readPolls()).get('cloud-1')?.cursor;

describe('all events come in, and a poll ends, of an API', () => {
  test('that refuses a page: the next poll begins with the first one', async () => {
    fill(450);
    ovh.beforeCall = (call) => {
      if (call === 'cloud-1 page 3') throw new ProviderError('refused', 'no such page');
    };
    expect((await poll())[0]).toMatchObject({ outcome: 'failed', error: 'no such page' });
    ovh.newCalls();
    ovh.beforeCall = () => {};
    expect((await poll())[0]?.outcome).toBe('done');
    expect(ovh.newCalls()[0]).toBe('cloud-1 page 1');
    expect(await events()).toBe(900);
  });

  test('that answers every page with the same jobs', async () => {
    fill(150);
    ovh.samePage = true;
    expect((await poll([PROJECT], { calls: 20 }))[0]?.outcome).toBe('done');
    expect(await events()).toBe(300);
  });

  test('that filters nothing', async () => {
    fill(250);
    ovh.put('cloud-1', jobOf(uuid(900), [['RUNNING', '2026-10-04T09:00:00.000Z']]));
    ovh.unfiltered = true;
    expect((await poll([PROJECT], { calls: 20 }))[0]?.outcome).toBe('done');
    expect((await poll([PROJECT], { calls: 20 }))[0]?.outcome).toBe('done');
    expect(await events()).toBe(502);
    expect(await idsOf(900)).toHaveLength(2);
  });

  test('that has smaller pages than it is asked for', async () => {
    fill(45);
    ovh.largestPage = 20;
    expect((await poll([PROJECT], { calls: 20 }))[0]?.outcome).toBe('done');
    expect(await events()).toBe(90);
  });

  test.each([
    ['is missing', undefined],
    ['is null', null],
    ['is no time', 'yesterday'],
  ])('whose updatedAt %s', async (_, updatedAt) => {
    ovh.put('cloud-1', { ...done(1), updatedAt } as unknown as ReturnType<typeof done>);
    await poll();
    expect(await events()).toBe(2);
    expect(await cursor()).toBeUndefined();
    ovh.put('cloud-1', { ...done(2), updatedAt } as unknown as ReturnType<typeof done>);
    await poll();
    expect((await events()) > 2).toBe(true);
  });

  test('that has any other value in a place of one job', async () => {
    const anyValue = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant({ toString: 0 }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...placesOf(done(2))), anyValue, async (place, value) => {
        world = await createWorld({ now: '2026-10-05T12:00:00Z' });
        ovh = createFakeOvh();
        ovh.unfiltered = true;
        const damaged = structuredClone(done(2));
        place(damaged, value);
        ovh.put('cloud-1', done(1), damaged, done(3));
        expect((await poll([PROJECT], { calls: 20 }))[0]?.outcome).toBe('done');
        expect([await idsOf(1), await idsOf(3)].map(({ length }) => length)).toEqual([2, 2]);
      }),
      { numRuns: 200 },
    );
  });

  test('that moves what has changed to the end of the list, while it is read', async () => {
    fill(401);
    let calls = 0;
    ovh.beforeCall = () => {
      calls += 1;
      if (calls !== 2) return;
      ovh.remove('cloud-1', uuid(0));
      ovh.put('cloud-1', done(0, [MORNING[0], '2026-10-05T11:59:00.000Z']));
    };
    await poll();
    expect(await idsOf(200)).toHaveLength(2);
    expect(await idsOf(0)).toContain('DONE@2026-10-05T11:59:00.000Z');
  });
});

describe('clocks', () => {
  test('a cursor that a clock ahead had set comes back with the clock', async () => {
    world.setClock('2026-10-05T15:00:00Z');
    ovh.put('cloud-1', done(1, MORNING, '2026-10-05T15:00:00Z'));
    await poll();
    world.setClock('2026-10-05T12:00:00Z');
    ovh.put('cloud-1', done(2, [MORNING[0], '2026-10-05T11:58:00.000Z']));
    await poll();
    expect(await idsOf(2)).toHaveLength(2);
    expect(await cursor()).toBe(world.clock.now);
  });

  test('an event ahead of the clock is recorded once its time has come', async () => {
    ovh.put('cloud-1', done(1, [MORNING[0], '2026-10-05T12:09:00.000Z']));
    const known = new Set<string>();
    expect((await poll([PROJECT], { known }))[0]?.untranslated).toHaveLength(1);
    for (const minute of ['03', '05', '10']) {
      world.setClock(`2026-10-05T12:${minute}:00Z`);
      await poll([PROJECT], { known });
    }
    expect(await idsOf(1)).toHaveLength(2);
  });
});

describe('a defect', () => {
  test('in one project stops no other, is told, and lets the others go first', async () => {
    ovh.put('cloud-2', done(1));
    ovh.beforeCall = (call) => {
      if (call.startsWith('cloud-1')) throw new TypeError('a defect');
    };
    const defects: unknown[] = [];
    const onDefect = ({ provider }: { provider: string }) => defects.push(provider);
    const results = await poll([PROJECT, OTHER], { onDefect });
    expect(results.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['failed', 'TypeError: a defect'],
      ['done', undefined],
    ]);
    expect(defects).toEqual(['cloud-1']);
    world.setClock('2026-10-05T12:20:00Z');
    expect((await poll([PROJECT, OTHER], { calls: 1 }))[0]?.ageMs).toBe(20 * 60_000);
  });

  test('an error of the provider is none', async () => {
    ovh.beforeCall = () => {
      throw new ProviderError('refused', 'not allowed');
    };
    const defects: unknown[] = [];
    await poll([PROJECT], { onDefect: () => defects.push(1) });
    expect(defects).toEqual([]);
  });
});

describe('projects as they are configured', () => {
  test('one that is left out for a while goes on where it was', async () => {
    ovh.put('cloud-1', done(1));
    await poll();
    world.setClock('2026-10-09T12:00:00Z');
    await poll([OTHER]);
    ovh.put('cloud-1', done(2, ['2026-10-06T09:00:00.000Z', '2026-10-06T10:00:00.000Z']));
    await poll();
    expect(await idsOf(2)).toHaveLength(2);
  });

  test('one that is polled into another project is refused: its jobs would be billed in both', async () => {
    ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', MORNING[0]]]));
    await poll();
    const before = await events();
    world.setClock('2026-10-05T12:20:00Z');
    expect(await poll([{ ...PROJECT, projectId: 'vision' }])).toMatchObject([
      {
        outcome: 'failed',
        error: expect.stringContaining('name it cloud-1=proj-1 in OVH_PROJECTS'),
        ageMs: 20 * 60_000,
      },
    ]);
    expect(await events()).toBe(before);
    expect((await poll())[0]?.outcome).toBe('done');
  });

  test('two may share a project', async () => {
    ovh.put('cloud-1', done(1));
    ovh.put('cloud-2', done(2));
    await poll([PROJECT, { ...OTHER, projectId: 'proj-1' }]);
    expect([await idsOf(1), await idsOf(2)].map(({ length }) => length)).toEqual([2, 2]);
  });
});

test('all jobs are read again if that is asked for, like after a version that could not read some', async () => {
  const unreadable = { ...done(1), spec: 'none' } as unknown as ReturnType<typeof done>;
  ovh.put('cloud-1', unreadable);
  ovh.put('cloud-1', done(2, ['2026-10-05T11:00:00.000Z', '2026-10-05T11:30:00.000Z']));
  await poll();
  ovh.put('cloud-1', done(1));
  await poll();
  expect(await idsOf(1)).toEqual([]);
  const reached = await cursor();
  expect((await poll([PROJECT], { all: true }))[0]).toMatchObject({ outcome: 'done', recorded: 2 });
  expect(await idsOf(1)).toHaveLength(2);
  expect(await cursor()).toBe(reached);
});

test('jobs that are read again are resumed like others', async () => {
  fill(250);
  await poll();
  ovh.newCalls();
  expect((await poll([PROJECT], { all: true, calls: 1 }))[0]?.outcome).toBe('unfinished');
  await poll([PROJECT], { calls: 1 });
  expect(ovh.calls).toEqual(['cloud-1 page 1', 'cloud-1 page 2']);
});

test('from 20 jobs on a list may have several pages, so it is read twice', async () => {
  fill(19);
  await poll();
  expect(ovh.newCalls().filter((call) => call === 'cloud-1 page 1')).toHaveLength(1);
  fill(20);
  await poll();
  expect(ovh.newCalls().filter((call) => call.startsWith('cloud-1 page 1 after'))).toHaveLength(2);
});
