import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../../lib/billing/facts.ts';
import type { Tariff } from '../../../../lib/billing/tariff.ts';
import { type BillingContext, TARIFF_CACHE_MS } from '../../../../lib/operations/billing-context.ts';
import { settle } from '../../../../lib/operations/settle/settle.ts';
import {
  beginPublication,
  resumePublications,
  settlePublication,
} from '../../../../lib/operations/tariffs/publication.ts';
import { parseTariff, publishTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import type { Item, Put } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { createMortalTable, wrapTable } from '../tables.ts';
import { createWorld, inShort, jobRef, status, TARIFF, type World } from '../world.ts';

const FILE = {
  name: 'next year',
  effectiveFrom: '2027-01-01T00:00:00Z',
  currency: 'EUR',
  billableStatuses: ['RUNNING', 'PENDING', 'RUNNING'],
  maxRunning: 'P28D',
  maxSilence: 'P3D',
  prices: { 'ai1-1-gpu': { unit: 'gpu', pricePerHour: '02.50' } },
};

const errorsOf = (content: unknown) => {
  try {
    parseTariff(content);
  } catch (error) {
    if (error instanceof Refusal) return error.errors.map(({ pointer }) => pointer);
    throw error;
  }
  return [];
};

describe('a tariff file', () => {
  test('is read with canonical prices and statuses in lifecycle order', () => {
    expect(parseTariff(FILE)).toEqual({
      name: 'next year',
      effectiveFrom: Date.parse('2027-01-01T00:00:00Z'),
      currency: 'EUR',
      billableStatuses: ['PENDING', 'RUNNING'],
      maxRunningMs: 28 * 86_400_000,
      maxSilenceMs: 3 * 86_400_000,
      prices: { 'ai1-1-gpu': { unit: 'gpu', pricePerHour: '2.5' } },
    });
  });

  test('without limits has those of the default: 28 days of running, seven of silence', () => {
    const { maxRunning: _, maxSilence: __, ...file } = FILE;
    expect(parseTariff(file)).toMatchObject({
      maxRunningMs: 28 * 86_400_000,
      maxSilenceMs: 7 * 86_400_000,
    });
  });

  test('says its limits as people do, or in ISO 8601', () => {
    expect(parseTariff({ ...FILE, maxRunning: '4w', maxSilence: '36h' })).toEqual(
      parseTariff({ ...FILE, maxRunning: 'P28D', maxSilence: 'PT36H' }),
    );
  });

  test('with the old map of prices is refused: its member is not known, and prices are missing', () => {
    const { prices: _, ...file } = FILE;
    const old = { ...file, pricePerHour: { 'ai1-1-gpu': '1.93' } };
    expect(errorsOf(old).toSorted()).toEqual(['/pricePerHour', '/prices']);
  });

  test.each([
    ['/effectiveFrom', { effectiveFrom: '2027-01-01' }],
    ['/effectiveFrom', { effectiveFrom: 'tomorrow' }],
    ['/effectiveFrom', { effectiveFrom: '1969-12-31T23:59:59Z' }],
    ['/effectiveFrom', { effectiveFrom: '+010000-01-01T00:00:00Z' }],
    ['/billableStatuses', { billableStatuses: [] }],
    ['/billableStatuses/0', { billableStatuses: ['SLEEPING'] }],
    ['/maxRunning', { maxRunning: 'P1M' }],
    ['/maxRunning', { maxRunning: 'PT90S' }],
    ['/maxRunning', { maxRunning: 'PT0S' }],
    ['/maxRunning', { maxRunning: 'P366DT1M' }],
    ['/maxRunning', { maxRunning: 'four weeks' }],
    ['/maxRunning', { maxRunning: '367d' }],
    ['/maxRunning', { maxRunning: '90s' }],
    ['/maxRunning', { maxRunning: 28 }],
    ['/maxSilence', { maxSilence: 'P1M' }],
    ['/maxSilence', { maxSilence: 'PT90S' }],
    ['/maxSilence', { maxSilence: 'PT0S' }],
    ['/maxSilence', { maxSilence: 'P366DT1M' }],
    ['/maxSilence', { maxSilence: null }],
    ['/prices/x/pricePerHour', { prices: { x: { unit: 'gpu', pricePerHour: '1,93' } } }],
    ['/prices/x/pricePerHour', { prices: { x: { unit: 'gpu', pricePerHour: 1.93 } } }],
    ['/prices/x/pricePerHour', { prices: { x: { unit: 'gpu', pricePerHour: '-1' } } }],
    ['/prices/x/pricePerHour', { prices: { x: { unit: 'gpu', pricePerHour: '0.0000000000001' } } }],
    ['/prices/x/pricePerHour', { prices: { x: { unit: 'gpu' } } }],
    ['/prices/ai1-1-gpu/unit', { prices: { 'ai1-1-gpu': { unit: 'tpu', pricePerHour: '1' } } }],
    ['/prices/ai1-1-gpu/unit', { prices: { 'ai1-1-gpu': { unit: 'GPU', pricePerHour: '1' } } }],
    ['/prices/ai1-1-gpu/unit', { prices: { 'ai1-1-gpu': { pricePerHour: '1' } } }],
    ['/prices/x/per', { prices: { x: { unit: 'gpu', pricePerHour: '1', per: 'hour' } } }],
    ['/prices/x', { prices: { x: '1.93' } }],
    ['/prices/a#b', { prices: { 'a#b': { unit: 'cpu', pricePerHour: '1' } } }],
    ['/prices', { prices: undefined }],
    ['/prices', { prices: null }],
    ['/price', { price: {} }],
    ['/pricePerHour', { pricePerHour: { 'ai1-1-gpu': '1.93' } }],
  ])('with a wrong %s is refused there', (pointer, change) => {
    expect(errorsOf({ ...FILE, ...change })).toEqual([pointer]);
  });

  test.each([
    { effectiveFrom: '1970-01-01T00:00:00Z' },
    { effectiveFrom: '9999-12-31T23:59:59Z' },
    { maxRunning: 'PT1M' },
    { maxRunning: 'P366D' },
    { maxSilence: 'PT1M' },
    { maxSilence: 'P366D' },
    { maxSilence: '366d' },
    { prices: {} },
    { prices: { h100: { unit: 'node', pricePerHour: '0' } } },
  ])('may go as far as %j', (change) => {
    expect(errorsOf({ ...FILE, ...change })).toEqual([]);
  });

  test('that is refused gets an error for each rule', () => {
    const wrong = {
      ...FILE,
      effectiveFrom: 'soon',
      billableStatuses: ['SLEEPING'],
      maxRunning: 'P1M',
      prices: {
        'a#b': { unit: 'cpu', pricePerHour: '1' },
        x: { unit: 'gpu', pricePerHour: 1.93 },
        y: { unit: 'tpu', pricePerHour: '1' },
      },
    };
    const refusal = (() => {
      try {
        return parseTariff(wrong);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toMatchObject({ code: 'invalid', message: 'the tariff is not valid' });
    expect((refusal as Refusal).errors.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('like 2026-01-01T00:00:00Z'),
      expect.stringContaining('must be one of RESTARTING, QUEUED'),
      expect.stringContaining('from 1m to 366d'),
      expect.stringContaining('must be a flavor'),
      expect.stringContaining('a decimal string'),
      expect.stringContaining('must be one of gpu, cpu, node'),
    ]);
  });

  test.each(['constructor', 'prototype', '__proto__'])(
    'with a price for %s is refused, not taken without it',
    (flavor) => {
      const price = JSON.stringify({ unit: 'cpu', pricePerHour: '1' });
      const prices = JSON.parse(`{"ai1-1-cpu":${price},"${flavor}":${price}}`);
      expect(errorsOf({ ...FILE, prices })).toEqual(['/prices']);
    },
  );

  test.each([null, 7, 'tariff', []])('that is %j is refused', (content) => {
    expect(errorsOf(content)).not.toEqual([]);
  });

  test.each(readdirSync('tariffs'))('%s, which ships, is valid and starts when its name says', (file) => {
    const tariff = parseTariff(JSON.parse(readFileSync(`tariffs/${file}`, 'utf8')));
    expect(new Date(tariff.effectiveFrom).toISOString().slice(0, 10)).toBe(file.slice(0, 10));
  });
});

describe('publishing', () => {
  const NOW = '2026-10-15T12:00:00Z';
  /** A publication without progress for so long is abandoned. */
  const LEASE_OVER_MS = 3_600_000;
  const AN_HOUR: [Transition, Transition] = [
    status('job-1', 'RUNNING', '2026-10-10T08:00:00Z'),
    status('job-1', 'DONE', '2026-10-10T09:00:00Z'),
  ];

  test('takes a tariff that starts an hour ahead, and no earlier one', async () => {
    const world = await createWorld({ now: NOW });
    const context = await world.open();
    const inAnHour = parseTariff({ ...FILE, effectiveFrom: '2026-10-15T13:00:00Z' });
    expect(await publishTariff(context, inAnHour)).toMatchObject({ outcome: 'published', jobsSettled: 0 });
    await expect(
      publishTariff(context, { ...inAnHour, effectiveFrom: inAnHour.effectiveFrom - 1 }),
    ).rejects.toMatchObject({
      code: 'invalid',
      message: 'the tariff is not valid',
      errors: [{ pointer: '/effectiveFrom', detail: expect.stringContaining('--backdate') }],
    });
  });

  test('refuses another currency', async () => {
    const context = await (await createWorld({ now: NOW })).open();
    await expect(publishTariff(context, parseTariff({ ...FILE, currency: 'USD' }))).rejects.toMatchObject({
      code: 'invalid',
      message: 'the tariff is not valid',
      errors: [{ pointer: '/currency', detail: expect.stringContaining('must be EUR') }],
    });
  });

  test('the same tariff again changes nothing, and another for that instant is a new revision', async () => {
    const world = await createWorld({ now: NOW });
    const context = await world.open();
    const draft = parseTariff(FILE);
    await publishTariff(context, draft);
    expect(await publishTariff(context, draft)).toMatchObject({ outcome: 'unchanged' });
    expect(await publishTariff(context, { ...draft, name: 'better' })).toMatchObject({
      tariff: '2027-01-01T00:00:00.000Z#2',
      outcome: 'published',
    });
    expect((await world.store.readTariffs()).map(({ name }) => name)).toEqual([
      'running time',
      'next year',
      'better',
    ]);
  });

  test('two tariffs at once makes two revisions', async () => {
    const world = await createWorld({ now: NOW });
    const drafts = ['a', 'b'].map((name) => ({ ...parseTariff(FILE), name }));
    const published = await Promise.all(
      drafts.map(async (draft) => publishTariff(await world.open(), draft)),
    );
    expect(published.map(({ tariff }) => tariff).sort()).toEqual([
      '2027-01-01T00:00:00.000Z#1',
      '2027-01-01T00:00:00.000Z#2',
    ]);
  });

  test('with an earlier start settles jobs again, and a closed month is corrected on the next statement', async () => {
    const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-09-10T08:00:00Z'),
      status('job-1', 'DONE', '2026-09-10T09:00:00Z'),
    );
    await world.closeAt('2026-10-01T02:00:00Z');
    const september = JSON.stringify(await world.items('STATEMENT'));
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-09-10T08:30:00Z' });
    const progress: number[] = [];
    const published = await publishTariff(await world.open(), dearer, {
      backdate: true,
      onProgress: ({ jobsSettled }) => progress.push(jobsSettled),
    });
    expect([published.jobsSettled, progress]).toEqual([1, [0, 1]]);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-10')).lines.map(inShort)).toEqual([
      'correction 2026-09 ai1-1-gpu -30 min -1.93',
      'correction 2026-09 ai1-1-gpu 30 min 2.50',
    ]);
    const [first] = await world.items('STATEMENT');
    expect(JSON.stringify([first])).toBe(september);
  });

  test('with an earlier start lists the jobs only when every process has reloaded the tariffs', async () => {
    const world = await createWorld({ now: NOW });
    const remembering = await world.open();
    await remembering.tariffs();
    const context = await world.open();
    const pauses: number[] = [];
    const overtaken: BillingContext = {
      ...context,
      async pause(ms) {
        pauses.push(ms);
        world.clock.now += TARIFF_CACHE_MS - 1;
        await world.record(status('job-1', 'PENDING', '2026-10-10T08:00:00Z'));
        await settle(remembering, jobRef('job-1'));
        await context.pause(ms);
      },
    };
    const waiting = parseTariff({
      ...FILE,
      effectiveFrom: '2026-10-10T00:00:00Z',
      billableStatuses: ['PENDING', 'RUNNING'],
    });
    await publishTariff(overtaken, waiting, { backdate: true });
    expect(pauses).toEqual([expect.toSatisfy((ms: number) => ms > TARIFF_CACHE_MS)]);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'open', jobId: 'job-1' }]);
  });

  test('that was cut off before all jobs were settled is finished by publishing again', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-10T08:00:00Z'),
      status('job-1', 'DONE', '2026-10-10T09:00:00Z'),
    );
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    await world.store.publishTariff({ ...dearer, revision: 1 });
    expect(await publishTariff(await world.open(), dearer, { backdate: true })).toMatchObject({
      outcome: 'unchanged',
      jobsSettled: 1,
    });
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ pricePerHour: '2.5' }]);
  });

  test('shows that it is unfinished until every job is settled, from the moment its tariff is in force', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(...AN_HOUR);
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    const seen: (readonly [tariffs: number, publications: number])[] = [];
    const watched = wrapTable(world.table, async (_, run) => {
      const [tariffs, publications] = [world.store.readTariffs(), world.store.readPublications()];
      seen.push([(await tariffs).length, (await publications).length]);
      return run();
    });
    await publishTariff(await world.open(watched), dearer, { backdate: true });
    expect(new Set(seen.map(String))).toEqual(new Set(['1,0', '2,1']));
    expect(await world.store.readPublications()).toEqual([]);
  });

  test.each(['before', 'midway', 'after'] as const)(
    'killed %s any of its calls is resumed, and every job ends settled',
    async (when) => {
      for (let call = 1; ; call += 1) {
        const world = await createWorld({ now: NOW });
        await world.tell(...AN_HOUR, ...AN_HOUR.map((fact) => ({ ...fact, jobId: 'job-2' })));
        const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
        const mortal = createMortalTable(world.table, { call, when });
        const publish = async () => publishTariff(await world.open(mortal.table), dearer, { backdate: true });
        await publish().catch((error) => {
          if (!mortal.died()) throw error;
        });
        if (!mortal.died()) break;
        const isPublished = (await world.store.readTariffs()).length === 2;
        world.clock.now += LEASE_OVER_MS;
        const resumed = await resumePublications(await world.open());
        expect(await world.store.readPublications()).toEqual([]);
        if (!isPublished) continue;
        // If it died when all was done there was nothing left.
        expect(resumed.length).toBeLessThanOrEqual(1);
        expect(await world.charges('proj-1', '2026-10')).toMatchObject([
          { jobId: 'job-1', pricePerHour: '2.5' },
          { jobId: 'job-2', pricePerHour: '2.5' },
        ]);
      }
    },
  );

  test('resumes after the settled jobs, and stops in time', async () => {
    const world = await createWorld({ now: NOW });
    for (let job = 0; job < 900; job += 1)
      await world.tell(...AN_HOUR.map((fact) => ({ ...fact, jobId: `job-${job}` })));
    const tariff: Tariff = { ...TARIFF, revision: 2, prices: pricesOf({ 'ai1-1-gpu': '2.5' }) };
    const begun = beginPublication(tariff, world.clock.now);
    await world.store.publishTariff(tariff, begun);
    const deadline = world.clock.now + 3_600_000;
    const seen: number[] = [];
    const stopped = await settlePublication(await world.open(), begun, {
      deadline,
      onProgress: ({ jobsSettled }) => {
        seen.push(jobsSettled);
        if (jobsSettled === 500) world.clock.now = deadline;
      },
    });
    expect(stopped.jobsSettled).toBeLessThan(520);
    expect(await world.store.readPublications()).toEqual([stopped]);
    const stale = async () =>
      (await world.charges('proj-1', '2026-10')).filter(
        (one) => 'pricePerHour' in one && one.pricePerHour === '1.93',
      );
    expect(await stale()).toHaveLength(900 - stopped.jobsSettled);
    // It stopped in order, so the next one need not wait.
    const [resumed] = await resumePublications(await world.open());
    expect(resumed).toMatchObject({ jobsSettled: 900, startedAt: begun.startedAt });
    expect(await stale()).toEqual([]);
    expect(await world.store.readPublications()).toEqual([]);
  });

  test('that another process has a lease for is left to it, unless forced', async () => {
    const world = await createWorld({ now: NOW });
    const tariff: Tariff = { ...TARIFF, revision: 2 };
    await world.store.publishTariff(tariff, beginPublication(tariff, world.clock.now));
    world.clock.now += 60_000;
    expect(await resumePublications(await world.open())).toEqual([]);
    expect(await resumePublications(await world.open(), { force: true })).toHaveLength(1);
    expect(await world.store.readPublications()).toEqual([]);
  });

  test('that cannot be finished does not block another one', async () => {
    const world = await createWorld({ now: '2026-10-10T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
    const context = await world.open();
    for (const revision of [2, 3]) {
      const tariff = { ...TARIFF, revision, prices: pricesOf({ 'ai1-1-gpu': String(revision) }) };
      await world.store.publishTariff(tariff, beginPublication(tariff, 0));
    }
    const store: BillingContext['store'] = {
      ...context.store,
      readFacts: () => Promise.reject(new Error('cannot be read')),
      parkJob: () => Promise.reject(new Error('cannot be parked')),
    };
    const failed: unknown = await resumePublications({ ...context, store }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AggregateError);
    expect((failed as AggregateError).errors).toHaveLength(2);
    expect(await resumePublications(await world.open(), { force: true })).toHaveLength(2);
    expect(await world.store.readPublications()).toEqual([]);
  });

  test('twice at once ends as once', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(...AN_HOUR);
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    const publishing = async () => publishTariff(await world.open(), dearer, { backdate: true });
    const resuming = async () => resumePublications(await world.open(), { force: true });
    await Promise.all([publishing(), publishing(), resuming()]);
    expect(await world.store.readPublications()).toEqual([]);
    expect((await world.store.readTariffs()).length).toBe(2);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ pricePerHour: '2.5' }]);
  });

  test('leaves a job alone whose charges stay as they are', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(...AN_HOUR, status('later', 'RUNNING', '2026-10-12T08:00:00Z'));
    const read: string[] = [];
    const watched = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'query') read.push(String(args[0]));
      return run();
    });
    const sameLimits = { maxRunning: 'P28D', maxSilence: 'P28D' };
    const dearer = parseTariff({ ...FILE, ...sameLimits, effectiveFrom: '2026-10-12T00:00:00Z' });
    // An open charge has no price: the job that still runs is as it was, too.
    const published = await publishTariff(await world.open(watched), dearer, { backdate: true });
    expect(published).toMatchObject({ jobsSettled: 2, jobsParked: 0 });
    expect(read.filter((partition) => /^(JOB|PROJECT)#/.test(partition))).toEqual([]);
  });

  describe('while another one is unfinished', () => {
    const DAY_MS = 86_400_000;
    const SIXTY_DAYS = { maxRunningMs: 60 * DAY_MS, maxSilenceMs: 60 * DAY_MS };
    const limitOf = async (world: World) => {
      const [charge] = await world.charges('proj-1', '2026-10');
      return charge?.kind === 'open' ? (charge.limit.at - AN_HOUR[0].time) / DAY_MS : undefined;
    };
    /** A job that runs, and a tariff with another limit of which no job is settled yet. */
    const createUnfinished = async () => {
      const world = await createWorld({ now: NOW });
      await world.tell(AN_HOUR[0]);
      expect(await limitOf(world)).toBe(28);
      const longer: Tariff = { ...TARIFF, ...SIXTY_DAYS, revision: 2 };
      await world.store.publishTariff(longer, beginPublication(longer, world.clock.now));
      return world;
    };
    const { revision: _, ...asBefore } = TARIFF;

    test('settles what arrived between the two, though it restores the tariff before both', async () => {
      const world = await createUnfinished();
      await world.tell(status('job-1', 'PENDING', '2026-10-10T07:00:00Z'));
      expect(await limitOf(world)).toBe(60);
      await publishTariff(await world.open(), { ...asBefore, name: 'taken back' }, { backdate: true });
      expect(await limitOf(world)).toBe(28);
    });

    test('settles what the other one has left, though both publish the same', async () => {
      const world = await createUnfinished();
      const asLong = { ...asBefore, ...SIXTY_DAYS, name: 'as long' };
      await publishTariff(await world.open(), asLong, { backdate: true });
      world.clock.now += LEASE_OVER_MS;
      expect(await resumePublications(await world.open())).toHaveLength(1);
      expect(await limitOf(world)).toBe(60);
    });
  });

  test('parks a job whose charges cannot be derived, and is finished all the same', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(...AN_HOUR);
    const [item] = await world.items('EVENT#');
    await world.table.put({ item: { ...(item as Item), time: 'never' } });
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    expect(await publishTariff(await world.open(), dearer, { backdate: true })).toMatchObject({
      ...{ jobsSettled: 0, jobsParked: 1 },
    });
    expect(await world.store.readPublications()).toEqual([]);
  });

  test('that starts in time settles no job again, whether it is new or known', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(status('job-1', 'RUNNING', '2026-10-10T08:00:00Z'));
    const draft = parseTariff(FILE);
    for (const outcome of ['published', 'unchanged'])
      expect(await publishTariff(await world.open(), draft, { backdate: true })).toMatchObject({
        outcome,
        jobsSettled: 0,
      });
  });

  test('an earlier start that is already published settles again only if requested', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(status('job-1', 'RUNNING', '2026-10-10T08:00:00Z'));
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    await world.store.publishTariff({ ...dearer, revision: 1 });
    expect(await publishTariff(await world.open(), dearer)).toMatchObject({
      outcome: 'unchanged',
      jobsSettled: 0,
    });
  });

  test('reports jobs that could be neither settled nor parked, and can be repeated', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-10T08:00:00Z'),
      status('job-1', 'DONE', '2026-10-10T09:00:00Z'),
    );
    const broken = wrapTable(world.table, async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name === 'put' && /^(CHARGE#|proj-1#job-1$)/.test(put.item.sk))
        throw new Error('cannot be written');
      return run();
    });
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    await expect(publishTariff(await world.open(broken), dearer, { backdate: true })).rejects.toThrow(
      'the tariff is published, but 1 jobs could not be settled: publish it again',
    );
    expect(await publishTariff(await world.open(), dearer, { backdate: true })).toMatchObject({
      outcome: 'unchanged',
      jobsSettled: 1,
    });
  });
});
