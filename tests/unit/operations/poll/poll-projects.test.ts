import { beforeEach, describe, expect, test } from 'vitest';
import { readLifecycle } from '../../../../lib/billing/lifecycle.ts';
import { pollProjects } from '../../../../lib/operations/poll/poll-projects.ts';
import { listHeldJobs } from '../../../../lib/operations/reads/held-jobs.ts';
import { ProviderError } from '../../../../lib/provider/ovh-api.ts';
import { itemsOn } from '../../../../simulation/items-on.ts';
import { createMortalTable, Died } from '../tables.ts';
import { at, createWorld, jobRef, TARIFF, type World } from '../world.ts';
import { createFakeOvh, type FakeOvh, jobOf, uuid } from './fake-ovh.ts';

const DAY_MS = 24 * 3_600_000;
const PROJECT = { provider: 'cloud-1', projectId: 'proj-1' };
const OTHER = { provider: 'cloud-2', projectId: 'proj-2' };

let world: World;
let ovh: FakeOvh;
beforeEach(async () => {
  world = await createWorld({
    now: '2026-10-05T12:00:00Z',
    tariffs: [{ ...TARIFF, maxSilenceMs: 7 * DAY_MS }],
  });
  ovh = createFakeOvh();
});

const poll = async (projects = [PROJECT], options: Parameters<typeof pollProjects>[3] = {}) =>
  pollProjects(await world.open(), ovh.api, projects, options);

const done = (id: string, start: string, end: string) =>
  jobOf(id, [
    ['QUEUED', start],
    ['RUNNING', start],
    ['DONE', end],
  ]);

const statusesOf = async (n: number) =>
  readLifecycle(await world.store.readFacts(jobRef(uuid(n)))).transitions.map(({ id }) => id);

const events = async () => (await itemsOn(world.table, 'EVENT#')).map(({ pk, id }) => `${pk} ${id}`).sort();

const MORNING = ['2026-10-05T09:00:00.000Z', '2026-10-05T10:00:00.000Z'] as const;

describe('a poll', () => {
  test('records what the provider reports of every job, and then only what has changed', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING), jobOf(uuid(2), [['RUNNING', MORNING[0]]]));
    const [first] = await poll();
    expect(first).toMatchObject({ ...PROJECT, outcome: 'done', jobs: 3, recorded: 4, untranslated: [] });
    expect(await statusesOf(1)).toEqual([
      `QUEUED@${MORNING[0]}`,
      `RUNNING@${MORNING[0]}`,
      `DONE@${MORNING[1]}`,
    ]);
    ovh.newCalls();

    world.setClock('2026-10-05T12:01:00Z');
    ovh.put('cloud-1', done(uuid(2), MORNING[0], '2026-10-05T12:00:30.000Z'));
    const [second] = await poll();
    // Ten minutes before the latest change that was seen.
    expect(ovh.newCalls()).toEqual([
      'cloud-1 page 1 after 2026-10-05T09:50:00.000Z',
      'cloud-1 page 2 after 2026-10-05T09:50:00.000Z',
    ]);
    expect(second).toMatchObject({ recorded: 2, lastSuccess: at('2026-10-05T12:01:00Z'), ageMs: 0 });
    expect(await statusesOf(2)).toHaveLength(3);
  });

  test('sees a change that is listed some minutes after its time', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING));
    await poll();
    ovh.put('cloud-1', done(uuid(2), '2026-10-05T09:00:00.000Z', '2026-10-05T09:51:00.000Z'));
    await poll();
    expect(await statusesOf(2)).toHaveLength(3);
  });

  test('writes no event again that this process has recorded', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING));
    const known = new Set<string>();
    await poll([PROJECT], { known });
    expect((await poll([PROJECT], { known }))[0]).toMatchObject({ jobs: 1, recorded: 0 });
    let puts = 0;
    const recordFact = async () => {
      puts += 1;
      return 'duplicate' as const;
    };
    const context = await world.open();
    await pollProjects({ ...context, store: { ...context.store, recordFact } }, ovh.api, [PROJECT], {
      known,
    });
    expect(puts).toBe(0);
  });

  test('reads all jobs of one time, page by page, and a list of several pages twice', async () => {
    ovh.put('cloud-1', ...Array.from({ length: 450 }, (_, n) => done(uuid(n), ...MORNING)));
    const [result] = await poll();
    expect(result).toMatchObject({ outcome: 'done', jobs: 900, recorded: 1350 });
    expect(ovh.newCalls().map((call) => call.replace('cloud-1 ', ''))).toEqual([
      ...['page 1', 'page 2', 'page 3', 'page 4', 'page 1', 'page 2', 'page 3', 'page 4', 'page 1 RUNNING'],
    ]);
  });

  test('finds a job that moves to a page that was read already', async () => {
    ovh.put('cloud-1', ...Array.from({ length: 201 }, (_, n) => done(uuid(n), ...MORNING)));
    ovh.beforeCall = (call) => {
      if (call === 'cloud-1 page 2') ovh.remove('cloud-1', uuid(0));
    };
    await poll();
    expect(await statusesOf(200)).toHaveLength(3);
  });

  test('reports a job that cannot be read, and records the others', async () => {
    const strange = { ...done(uuid(1), ...MORNING), spec: 'none' } as unknown as ReturnType<typeof jobOf>;
    ovh.put('cloud-1', strange, done(uuid(2), ...MORNING));
    const [result] = await poll();
    expect(result).toMatchObject({
      outcome: 'done',
      recorded: 3,
      untranslated: [{ jobId: uuid(1), reason: expect.stringContaining('is not an object') }],
    });
  });

  test('counts labels that were changed later as known', async () => {
    const job = done(uuid(1), ...MORNING);
    ovh.put('cloud-1', job);
    await poll();
    ovh.put('cloud-1', { ...job, spec: { ...job.spec, labels: { ...job.spec.labels, team: 'audio' } } });
    expect((await poll())[0]).toMatchObject({ outcome: 'done', recorded: 0, conflicts: 1 });
  });
});

describe('a poll that is interrupted', () => {
  const MANY = 450;
  const fill = () => ovh.put('cloud-1', ...Array.from({ length: MANY }, (_, n) => done(uuid(n), ...MORNING)));

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('at call %d is resumed at that page', async (n) => {
    fill();
    let calls = 0;
    ovh.beforeCall = () => {
      calls += 1;
      if (calls === n) throw new ProviderError('unavailable', 'the provider is down');
    };
    expect((await poll())[0]).toMatchObject({ outcome: 'failed', error: 'the provider is down' });
    const failed = ovh.newCalls().at(-1);
    expect((await poll())[0]?.outcome).toBe('done');
    expect(ovh.newCalls()[0]).toBe(failed);
    expect(await events()).toHaveLength(3 * MANY);
  });

  test('by its death at any call of the table is resumed, and records everything once', async () => {
    const jobs = Array.from({ length: 3 }, (_, n) => done(uuid(n), ...MORNING));
    for (let call = 1; ; call += 1) {
      world = await createWorld({ now: '2026-10-05T12:00:00Z' });
      ovh.put('cloud-1', ...jobs);
      const mortal = createMortalTable(world.table, { call, when: call % 2 ? 'before' : 'after' });
      const context = await world.open().then(() => world.open(mortal.table).catch(() => undefined));
      if (context)
        await pollProjects(context, ovh.api, [PROJECT]).catch((error) => expect(error).toBeInstanceOf(Died));
      expect((await poll())[0]?.outcome).toBe('done');
      expect(await events()).toHaveLength(9);
      if (!mortal.died()) break;
      expect(call).toBeLessThan(40);
    }
  });

  test('by a deadline or a budget of calls is unfinished, and goes on at the next', async () => {
    fill();
    expect((await poll([PROJECT], { calls: 2 }))[0]).toMatchObject({ outcome: 'unfinished', jobs: 400 });
    expect((await poll([PROJECT], { deadline: world.clock.now }))[0]).toMatchObject({ jobs: 0 });
    expect(ovh.newCalls()).toEqual(['cloud-1 page 1', 'cloud-1 page 2']);
    await poll();
    expect(ovh.newCalls()[0]).toBe('cloud-1 page 3');
  });

  test('makes no more calls than one in the time it is given', async () => {
    fill();
    const begun = world.clock.now;
    await poll([PROJECT], { everyMs: 1_000, deadline: begun + 4_500 });
    expect(ovh.calls).toHaveLength(5);
  });
});

describe('a limit of calls', () => {
  test('stops all projects, and keeps what was recorded', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING));
    ovh.beforeCall = (call) => {
      if (call === 'cloud-1 page 2') throw new ProviderError('rate limit', 'too many calls');
    };
    const results = await poll([PROJECT, OTHER]);
    expect(results.map(({ outcome, recorded }) => [outcome, recorded])).toEqual([
      ['failed', 3],
      ['unfinished', 0],
    ]);
    expect(ovh.newCalls()).toEqual(['cloud-1 page 1', 'cloud-1 page 2']);
  });
});

describe('several projects', () => {
  test('are each polled, also where one is refused', async () => {
    ovh.put('cloud-2', done(uuid(1), ...MORNING));
    ovh.beforeCall = (call) => {
      if (call.startsWith('cloud-1')) throw new ProviderError('refused', 'not allowed');
    };
    const results = await poll([PROJECT, OTHER]);
    expect(results.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['failed', 'not allowed'],
      ['done', undefined],
    ]);
    world.setClock('2026-10-05T12:20:00Z');
    expect((await poll([PROJECT, OTHER])).map(({ ageMs }) => ageMs / 60_000)).toEqual([20, 0]);
  });

  test('take turns: the one that was polled longest ago is the first', async () => {
    for (const { provider } of [PROJECT, OTHER])
      ovh.put(provider, ...Array.from({ length: 450 }, (_, n) => done(uuid(n), ...MORNING)));
    for (const minute of [1, 2, 3, 4]) {
      world.setClock(`2026-10-05T12:0${minute}:00Z`);
      await poll([PROJECT, OTHER], { calls: 2 });
    }
    expect(ovh.calls.map((call) => call.slice(0, 7))).toEqual(
      ['cloud-1', 'cloud-2', 'cloud-1', 'cloud-2'].flatMap((name) => [name, name]),
    );
  });
});

describe('the cursor', () => {
  const cursor = async () => (await world.store.readPolls()).get('cloud-1')?.cursor;

  test('never goes back', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING));
    await poll();
    expect(await cursor()).toBe(at(MORNING[1]));
    ovh.remove('cloud-1', uuid(1));
    ovh.put('cloud-1', done(uuid(2), MORNING[0], '2026-10-05T09:55:00.000Z'));
    await poll();
    expect(await statusesOf(2)).toHaveLength(3);
    expect(await cursor()).toBe(at(MORNING[1]));
  });

  test('is never ahead of the clock, whatever a job says', async () => {
    ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', MORNING[0]]], '2099-01-01T00:00:00Z'));
    await poll();
    expect(await cursor()).toBe(world.clock.now);
  });

  test('stays before what may have changed behind a pass that was interrupted', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING), jobOf(uuid(2), [['RUNNING', MORNING[0]]]));
    await poll([PROJECT], { calls: 1 });
    world.setClock('2026-10-05T14:00:00Z');
    ovh.put('cloud-1', done(uuid(2), MORNING[0], '2026-10-05T12:30:00.000Z'));
    ovh.put(
      'cloud-1',
      ...Array.from({ length: 200 }, (_, n) => done(uuid(n + 3), MORNING[0], '2026-10-05T13:59:00.000Z')),
    );
    await poll();
    expect(await statusesOf(2)).toHaveLength(3);
  });

  test('does not go back with two pollers at once, of which one leaves the project to the other', async () => {
    ovh.put('cloud-1', done(uuid(1), ...MORNING));
    let second: unknown;
    ovh.beforeCall = async () => {
      // All of it while the first one waits for its first answer.
      ovh.beforeCall = () => {};
      second = await poll();
    };
    expect(await poll()).toMatchObject([{ outcome: 'left' }]);
    expect(second).toMatchObject([{ outcome: 'done' }]);
    expect(await cursor()).toBe(at(MORNING[1]));
    expect(await events()).toHaveLength(3);
  });
});

describe('a sign of life', () => {
  test('keeps a job of 27 days from being held, while a silent one is', async () => {
    const [running, silent] = [uuid(1), uuid(2)];
    const began = [['RUNNING', '2026-10-05T09:00:00.000Z']] as const;
    ovh.put('cloud-1', jobOf(running, began), jobOf(silent, began));
    await poll();
    ovh.remove('cloud-1', silent);
    for (let day = 1; day <= 27; day += 1) {
      world.clock.now += DAY_MS;
      await poll();
    }
    for (const job of [running, silent]) await world.settle(jobRef(job));
    const { jobs } = await listHeldJobs(await world.open(), world.clock.now);
    expect(jobs).toMatchObject([{ jobId: silent, cause: 'maxSilence' }]);
    // One of each day, at its start.
    expect(await statusesOf(1)).toHaveLength(28);
    expect(await statusesOf(1)).toContain('RUNNING@2026-11-01T00:00:00.000Z');
    expect(await statusesOf(2)).toEqual(['RUNNING@2026-10-05T09:00:00.000Z']);
  });

  test('is looked for once a day, or once an hour where silence is limited to some', async () => {
    ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', '2026-10-04T09:00:00.000Z']]));
    const listed = async () => {
      ovh.newCalls();
      await poll();
      return ovh.newCalls().filter((call) => call.endsWith('RUNNING')).length;
    };
    expect([await listed(), await listed()]).toEqual([2, 0]);
    expect(await statusesOf(1)).toContain('RUNNING@2026-10-05T00:00:00.000Z');
    await world.store.publishTariff({ ...TARIFF, revision: 2, maxSilenceMs: 3 * 3_600_000 });
    world.setClock('2026-10-05T13:10:00Z');
    expect([await listed(), await listed()]).toEqual([2, 0]);
    expect(await statusesOf(1)).toContain('RUNNING@2026-10-05T13:00:00.000Z');
  });
});
