import { beforeEach, describe, expect, test } from 'vitest';
import type { Transition } from '../../../../lib/billing/facts.ts';
import { askBeforeClose } from '../../../../lib/operations/poll/ask-before-close.ts';
import { recordReported } from '../../../../lib/operations/record-reported.ts';
import { ProviderError } from '../../../../lib/provider/ovh-api.ts';
import { createOvhTranslator } from '../../../../lib/sources/ovh.ts';
import { OPTIONS } from '../../sources/ovh-jobs.ts';
import { Died } from '../tables.ts';
import { at, createWorld, inShort, jobRef, retraction, status, TARIFF, type World } from '../world.ts';
import { createFakeOvh, type FakeJob, type FakeOvh, jobOf, uuid } from './fake-ovh.ts';

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const PROJECT = { provider: 'cloud-1', projectId: 'proj-1' };

let world: World;
let ovh: FakeOvh;
beforeEach(async () => {
  world = await createWorld({
    now: '2026-10-20T00:00:00Z',
    tariffs: [{ ...TARIFF, maxSilenceMs: 7 * DAY_MS }],
  });
  ovh = createFakeOvh();
});

const BEGIN = '2026-10-30T09:00:00.000Z';
const END = '2026-10-30T14:00:00.000Z';
const running = (n: number) => jobOf(uuid(n), [['RUNNING', BEGIN]]);
const ended = (n: number) =>
  jobOf(uuid(n), [
    ['RUNNING', BEGIN],
    ['DONE', END],
  ]);

/** What a webhook has sent: the events of the jobs as they are here, recorded and settled. */
const hear = async (...jobs: readonly FakeJob[]) => {
  world.setClock('2026-10-30T15:00:00Z');
  const translator = createOvhTranslator(OPTIONS);
  for (const job of jobs) {
    await recordReported(world.store, translator.next(job, 1).events, world.clock.now);
    await world.settle(jobRef(job.id));
  }
};

const ask = async (options: Parameters<typeof askBeforeClose>[3] = {}, projects = [PROJECT]) =>
  askBeforeClose(await world.open(), ovh.api, projects, options);

const IN_NOVEMBER = '2026-11-01T06:00:00Z';

const lines = async () => (await world.statement('proj-1', '2026-10')).lines.map(inShort);

describe('before a month is closed', () => {
  test('a stop that was lost is asked for, and billed as if it had been heard', async () => {
    await hear(running(1));
    ovh.put('cloud-1', ended(1));
    world.setClock(IN_NOVEMBER);
    expect(await ask()).toEqual({
      mayClose: true,
      projects: [{ ...PROJECT, outcome: 'asked', jobs: 1, changed: 1 }],
    });
    expect(ovh.calls).toEqual(['cloud-1 page 1 RUNNING', `cloud-1 job ${uuid(1)}`]);
    await world.close();
    expect(await lines()).toEqual(['usage 2026-10 ai1-1-gpu 300 min 19.30']);
  });

  test('jobs that run are asked for by one list, which is a sign of life', async () => {
    const jobs = Array.from({ length: 30 }, (_, n) => running(n));
    await hear(...jobs);
    ovh.put('cloud-1', ...jobs);
    world.setClock(IN_NOVEMBER);
    expect((await ask()).projects).toMatchObject([{ outcome: 'asked', jobs: 30, changed: 30 }]);
    expect(ovh.calls).toEqual(['cloud-1 page 1 RUNNING']);
    expect((await world.store.readFacts(jobRef(uuid(0)))).at(-1)).toMatchObject({
      id: 'RUNNING@2026-11-01T00:00:00.000Z',
    });
  });

  test('many jobs that do not run are asked for by a list of what has changed', async () => {
    await hear(...Array.from({ length: 30 }, (_, n) => running(n)));
    ovh.put('cloud-1', ...Array.from({ length: 29 }, (_, n) => ended(n)));
    world.setClock(IN_NOVEMBER);
    expect((await ask()).projects).toMatchObject([{ jobs: 30, changed: 29 }]);
    expect(ovh.calls).toEqual([
      'cloud-1 page 1 RUNNING',
      `cloud-1 page 1 after ${BEGIN}`,
      `cloud-1 page 2 after ${BEGIN}`,
      `cloud-1 job ${uuid(29)}`,
    ]);
  });

  test('time that is held is asked for', async () => {
    world.setClock('2026-10-20T00:00:00Z');
    const lost = jobOf(uuid(1), [['RUNNING', '2026-10-02T00:00:00.000Z']]);
    await hear(lost);
    ovh.put(
      'cloud-1',
      jobOf(uuid(1), [
        ['RUNNING', '2026-10-02T00:00:00.000Z'],
        ['DONE', '2026-10-02T01:00:00.000Z'],
      ]),
    );
    world.setClock(IN_NOVEMBER);
    await ask();
    await world.close();
    expect(await lines()).toEqual(['usage 2026-10 ai1-1-gpu 60 min 3.86']);
  });

  test('nothing is made up of a job that the provider has no more', async () => {
    await hear(running(1));
    world.setClock(IN_NOVEMBER);
    const before = await world.store.readFacts(jobRef(uuid(1)));
    expect((await ask()).projects).toMatchObject([{ outcome: 'asked', jobs: 1, changed: 0 }]);
    expect(await world.store.readFacts(jobRef(uuid(1)))).toEqual(before);
  });

  test('jobs that ended, and those of other platforms, are not asked for', async () => {
    await hear(ended(1));
    await world.tell(status('4711', 'RUNNING', BEGIN));
    world.setClock(IN_NOVEMBER);
    expect((await ask()).projects).toMatchObject([{ outcome: 'asked', jobs: 1, changed: 0 }]);
    expect(ovh.calls).toEqual([]);
  });

  test('a project is asked for once', async () => {
    await hear(running(1));
    world.setClock(IN_NOVEMBER);
    await ask();
    ovh.newCalls();
    expect(await ask()).toMatchObject({ mayClose: true, projects: [{ outcome: 'asked' }] });
    expect(ovh.calls).toEqual([]);
  });
});

describe('nothing is asked', () => {
  test('while no month is due', async () => {
    await hear(running(1));
    expect(await ask()).toEqual({ mayClose: true, projects: [] });
    world.setClock('2026-11-01T05:59:00Z');
    expect(await ask({ closeAfterMs: 6 * HOUR_MS })).toEqual({ mayClose: true, projects: [] });
    expect(await ask({ month: '2026-11' })).toMatchObject({ projects: [{ jobs: 1 }] });
  });

  test('for a month that has not ended, which is asked for when it has', async () => {
    await hear(running(1));
    await ask({ month: '2026-10' });
    expect(ovh.calls).toEqual([]);
    world.setClock(IN_NOVEMBER);
    await ask({ month: '2026-10' });
    expect(ovh.calls).not.toEqual([]);
  });

  test('while another close asks, for as long as that makes calls', async () => {
    await hear(running(1));
    world.setClock(IN_NOVEMBER);
    let second: unknown;
    ovh.beforeCall = async () => {
      ovh.beforeCall = () => {};
      second = await ask();
    };
    await ask();
    expect(second).toMatchObject({
      mayClose: false,
      projects: [{ outcome: 'waiting', reason: 'another close is asking' }],
    });
    expect((await ask()).mayClose).toBe(true);
  });
});

describe('a provider that does not answer', () => {
  beforeEach(async () => {
    await hear(running(1));
    ovh.put('cloud-1', ended(1));
    world.setClock(IN_NOVEMBER);
    ovh.beforeCall = () => {
      throw new ProviderError('unavailable', 'the provider is down');
    };
  });

  test('is asked again at the next try, and the close waits', async () => {
    expect(await ask()).toEqual({
      mayClose: false,
      projects: [{ ...PROJECT, outcome: 'waiting', jobs: 0, changed: 0, reason: 'the provider is down' }],
    });
    ovh.beforeCall = () => {};
    world.clock.now += 60_000;
    expect(await ask()).toMatchObject({ mayClose: true, projects: [{ changed: 1 }] });
  });

  test('is given up after a day, and the close does without', async () => {
    await ask();
    world.clock.now += DAY_MS - 1;
    expect((await ask()).mayClose).toBe(false);
    world.clock.now += 1;
    expect(await ask()).toMatchObject({
      mayClose: true,
      projects: [{ outcome: 'given up', reason: 'the provider is down' }],
    });
  });

  test('is not called for other projects after it has limited the calls', async () => {
    ovh.beforeCall = () => {
      throw new ProviderError('rate limit', 'too many calls');
    };
    await ask({}, [PROJECT, { ...PROJECT, provider: 'cloud-2' }]);
    expect(ovh.calls).toHaveLength(1);
  });
});

test('an inquiry that is interrupted goes on after the job it had asked for last', async () => {
  await hear(...[1, 2, 3, 4].map(running));
  world.setClock(IN_NOVEMBER);
  expect(await ask({ calls: 3 })).toMatchObject({ mayClose: false });
  ovh.newCalls();
  expect((await ask({ calls: 3 })).mayClose).toBe(true);
  expect(ovh.calls).toEqual(['cloud-1 page 1 RUNNING', ...[3, 4].map((n) => `cloud-1 job ${uuid(n)}`)]);
});

test('a call that was made by another inquiry meanwhile is not the last one of this', async () => {
  await hear(...[1, 2, 3].map(running));
  world.setClock(IN_NOVEMBER);
  let second: unknown;
  ovh.beforeCall = async (call) => {
    if (call !== `cloud-1 job ${uuid(2)}`) return;
    ovh.beforeCall = () => {};
    world.clock.now += 120_000;
    second = await ask();
  };
  expect(await ask()).toMatchObject({ mayClose: false });
  expect(second).toMatchObject({ mayClose: true });
  expect(ovh.calls.filter((call) => call.endsWith(uuid(3)))).toHaveLength(1);
});

describe('a process that dies while it asks', () => {
  /** It is gone at the first call of the provider, and saves nothing any more. */
  const die = async () => {
    const context = await world.open();
    const store = { ...context.store };
    ovh.beforeCall = () => {
      ovh.beforeCall = () => {};
      const gone = () => Promise.reject(new Died('the process is gone'));
      Object.assign(store, { saveInquiry: gone, recordFact: gone });
    };
    await expect(askBeforeClose({ ...context, store }, ovh.api, [PROJECT])).rejects.toThrow('gone');
  };

  test('delays the others by its lease only', async () => {
    await hear(running(1));
    world.setClock(IN_NOVEMBER);
    await die();
    expect((await ask()).mayClose).toBe(false);
    world.clock.now = at(IN_NOVEMBER) + 120_000;
    expect((await ask()).mayClose).toBe(true);
  });

  test('again and again blocks the close for a day only', async () => {
    await hear(running(1));
    world.setClock(IN_NOVEMBER);
    await die();
    world.clock.now += DAY_MS;
    await die();
    expect(await ask()).toMatchObject({ mayClose: true, projects: [{ outcome: 'given up' }] });
  });
});

test('a defect is told, and blocks the close for a day only', async () => {
  await hear(running(1));
  world.setClock(IN_NOVEMBER);
  ovh.beforeCall = () => {
    throw new TypeError('a defect');
  };
  const defects: unknown[] = [];
  const onDefect = (...defect: unknown[]) => defects.push(defect);
  expect(await ask({ onDefect })).toMatchObject({
    mayClose: false,
    projects: [{ reason: 'TypeError: a defect' }],
  });
  expect(defects).toEqual([[PROJECT, new TypeError('a defect')]]);
  world.clock.now += DAY_MS;
  expect((await ask()).mayClose).toBe(true);
});

test('several closes at once make the calls of one, whatever the number of projects', async () => {
  const other = { provider: 'cloud-2', projectId: 'proj-1' };
  await hear(running(1));
  world.setClock(IN_NOVEMBER);
  let second: unknown;
  ovh.beforeCall = async () => {
    ovh.beforeCall = () => {};
    second = await ask({}, [PROJECT, other]);
  };
  await ask({}, [PROJECT, other]);
  expect(second).toMatchObject({ projects: [{ outcome: 'waiting' }, { outcome: 'waiting' }] });
  expect(ovh.calls).toHaveLength(4);
});

test('no project waits longer because calls are limited before its turn comes', async () => {
  const other = { provider: 'cloud-2', projectId: 'proj-1' };
  await hear(running(1));
  world.setClock(IN_NOVEMBER);
  ovh.beforeCall = () => {
    throw new ProviderError('rate limit', 'too many calls');
  };
  expect((await ask({}, [PROJECT, other])).mayClose).toBe(false);
  world.clock.now += DAY_MS;
  expect(await ask({}, [PROJECT, other])).toMatchObject({ mayClose: true });
});

test('an inquiry resumes each project at its own job, in whatever order they are named', async () => {
  const other = { provider: 'cloud-2', projectId: 'proj-1' };
  await hear(...[1, 2, 3].map(running));
  ovh.put('cloud-2', ...[1, 2, 3].map(ended));
  world.setClock(IN_NOVEMBER);
  await ask({ calls: 3 }, [PROJECT, other]);
  expect((await ask({}, [other, PROJECT])).projects).toMatchObject([{ changed: 3 }, { changed: 0 }]);
});

test('a list that always answers with the same page ends, and jobs are asked for one by one', async () => {
  await hear(...[1, 2].map(running));
  ovh.put('cloud-1', running(1), ended(2));
  ovh.samePage = true;
  world.setClock(IN_NOVEMBER);
  expect((await ask({ calls: 20 })).projects).toMatchObject([{ outcome: 'asked', changed: 2 }]);
  expect(ovh.calls).toHaveLength(3);
});

test('news of a held job that waits in the stream is billed by the close', async () => {
  const begin = ['RUNNING', '2026-10-01T00:00:00.000Z'] as const;
  const whole = jobOf(uuid(1), [begin, ['DONE', '2026-11-02T00:00:00.000Z']]);
  await hear(jobOf(uuid(1), [begin]));
  world.setClock('2026-11-02T12:00:00Z');
  const say = (job: FakeJob) => {
    const { events } = createOvhTranslator(OPTIONS).next(job, 1);
    return recordReported(world.store, events, world.clock.now);
  };
  await say(jobOf(uuid(1), [begin, ['RUNNING', '2026-11-01T00:00:00.000Z']]));
  await world.settle(jobRef(uuid(1)));
  await say(whole);
  ovh.put('cloud-1', whole);
  expect((await ask()).projects).toMatchObject([{ jobs: 1, changed: 0 }]);
  await world.close();
  expect(await lines()).toEqual([`usage 2026-10 ai1-1-gpu ${31 * 24 * 60} min 2871.84`]);
});

test('an inquiry renews its lease with every call, of lists too', async () => {
  await hear(...Array.from({ length: 4 }, (_, n) => running(n)));
  ovh.largestPage = 1;
  ovh.put('cloud-1', ...Array.from({ length: 3 }, (_, n) => running(n)));
  world.setClock(IN_NOVEMBER);
  const others: boolean[] = [];
  ovh.beforeCall = async () => {
    world.clock.now += 90_000;
    const { projects } = await ask({ calls: 0 });
    others.push(projects.every(({ reason }) => reason === 'another close is asking'));
  };
  await ask();
  expect(others).toEqual([true, true, true, true, true]);
});

test('the list of what has changed begins with the run that began first', async () => {
  const early = '2026-10-30T08:00:00.000Z';
  const short = jobOf(uuid(0), [['RUNNING', early]]);
  await hear(short, ...Array.from({ length: 29 }, (_, n) => running(n + 1)));
  const stop = ['DONE', '2026-10-30T08:30:00.000Z'] as const;
  ovh.put('cloud-1', jobOf(uuid(0), [['RUNNING', early], stop]));
  ovh.put('cloud-1', ...Array.from({ length: 29 }, (_, n) => ended(n + 1)));
  world.setClock(IN_NOVEMBER);
  await ask();
  expect(ovh.calls).toEqual(['cloud-1 page 1 RUNNING', `cloud-1 page 1 after ${early}`]);
});

test('jobs that began after the month, and those that were taken back, are not asked for', async () => {
  await hear(running(1));
  const [heard] = (await world.store.readFacts(jobRef(uuid(1)))).filter(({ kind }) => kind === 'transition');
  await world.tell(retraction(heard as Transition, BEGIN));
  world.setClock('2026-11-02T00:00:00Z');
  await world.tell(status(uuid(2), 'RUNNING', '2026-11-01T05:00:00Z'));
  expect((await ask()).projects).toMatchObject([{ outcome: 'asked', jobs: 0 }]);
  expect(ovh.calls).toEqual([]);
});
