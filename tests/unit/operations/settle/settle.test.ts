import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Charge, deriveCharges } from '../../../../lib/billing/charges.ts';
import type { Fact, Resources, Transition } from '../../../../lib/billing/facts.ts';
import { createCalendar } from '../../../../lib/billing/months.ts';
import { createTariffBook, type Tariff } from '../../../../lib/billing/tariff.ts';
import { settle, usageMonthsOf } from '../../../../lib/operations/settle/settle.ts';
import { chargeKey } from '../../../../lib/store/keys.ts';
import type { Put, Table } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { createMortalTable, createStallingTable, putsOf, wrapTable } from '../tables.ts';
import {
  at,
  createWorld,
  cutoff,
  jobRef,
  recordable,
  retraction,
  status,
  TARIFF,
  TWO_CPUS,
  TWO_GPUS,
  type World,
} from '../world.ts';

const JOB = 'job-1';
const REF = jobRef(JOB);

const queued = status(JOB, 'QUEUED', '2026-10-30T08:00:00Z');
const running = status(JOB, 'RUNNING', '2026-10-31T08:00:00Z');
const done = status(JOB, 'DONE', '2026-10-31T13:00:00Z');
const doneInNovember = status(JOB, 'DONE', '2026-11-02T08:00:00Z');
const november = cutoff(JOB, '2026-11');

/** A price that changes on 15 October, in the middle of the days the random jobs run on. */
const DEARER: Tariff = {
  ...TARIFF,
  name: 'dearer',
  effectiveFrom: at('2026-10-15T00:00:30Z'),
  prices: pricesOf({ 'ai1-1-cpu': '0.04', 'ai1-1-gpu': '2.11' }),
};

const PROJECTS = ['proj-1', 'proj-2'] as const;

/**
 * What must be stored once these facts are settled: what follows from them, project by project, and
 * nothing else.
 */
const follows = (facts: readonly Fact[], tariffs: readonly Tariff[] = [TARIFF]) =>
  new Map(
    PROJECTS.flatMap((projectId) =>
      deriveCharges(
        facts.filter((fact) => fact.projectId === projectId),
        createTariffBook(tariffs),
        createCalendar('UTC'),
      ),
    ).map((charge) => {
      const { pk, sk } = chargeKey(charge);
      return [`${pk} ${sk}`, charge];
    }),
  );

/** Times lie close together, so that random jobs meet month ends, price changes and one another. */
const anyTime = fc
  .tuple(
    fc.constantFrom('2026-10-14', '2026-10-31', '2026-11-01', '2026-11-30', '2026-12-02'),
    fc.integer({ min: 0, max: 24 * 60 - 1 }),
    fc.constantFrom(0, 1, 59_999),
  )
  .map(([day, minute, ms]) => at(`${day}T00:00:00Z`) + minute * 60_000 + ms);

const FOUR_GPUS: Resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 4_000 } };

const anyTransition = fc.record({
  kind: fc.constant('transition' as const),
  jobId: fc.constant(JOB),
  projectId: fc.constantFrom(...PROJECTS),
  source: fc.constant('gra'),
  status: fc.constantFrom('QUEUED' as const, 'RUNNING' as const, 'RESTARTING' as const, 'DONE' as const),
  time: anyTime,
  resources: fc.constantFrom(TWO_GPUS, TWO_CPUS, FOUR_GPUS),
});

/**
 * Random logs of one job id in two projects: transitions, some of them taken back in their own or
 * in the other project, and month ends.
 */
const anyLog: fc.Arbitrary<Fact[]> = fc
  .record({
    transitions: fc.array(anyTransition, { minLength: 1, maxLength: 6 }),
    takenBack: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
    takenBackElsewhere: fc.array(fc.nat({ max: 5 }), { maxLength: 1 }),
    cuts: fc.uniqueArray(fc.constantFrom('2026-11', '2026-12', '2027-01'), { maxLength: 2 }),
  })
  .map(({ transitions, takenBack, takenBackElsewhere, cuts }) => {
    const reported = transitions.map((said, index): Transition => ({ ...said, id: `e-${index}` }));
    const ofIndexes = (indexes: readonly number[]) =>
      reported
        .filter((_, index) => indexes.includes(index))
        .map((transition) => retraction(transition, '2026-12-03T00:00:00Z'));
    const running = PROJECTS.filter((projectId) => reported.some((fact) => fact.projectId === projectId));
    return [
      ...reported,
      ...ofIndexes(takenBack),
      ...ofIndexes(takenBackElsewhere).map((fact) => ({
        ...fact,
        projectId: fact.projectId === 'proj-1' ? 'proj-2' : 'proj-1',
        id: `${fact.id} there`,
      })),
      ...running.flatMap((projectId) => cuts.map((month) => ({ ...cutoff(JOB, month), projectId }))),
    ];
  });

/** Logs with an order of arrival in which some facts come twice. A cutoff never comes first. */
const anyArrival = anyLog.chain((facts) =>
  fc.record({
    facts: fc.constant(facts),
    arrivals: fc
      .tuple(
        fc.shuffledSubarray(facts, { minLength: facts.length }),
        fc.array(fc.constantFrom(...facts), { maxLength: 3 }),
      )
      .map(([all, again]) => {
        const firsts = PROJECTS.flatMap(
          (projectId) => all.find((fact) => fact.projectId === projectId && fact.kind !== 'cutoff') ?? [],
        );
        return [...firsts, ...all, ...again];
      }),
  }),
);

const refOf = ({ projectId, jobId }: Fact) => jobRef(jobId, projectId);

/** A table that keeps the charges written to it, in order. */
const listenTo = (world: Awaited<ReturnType<typeof createWorld>>) => {
  const written: Charge[] = [];
  const table = wrapTable(world.table, async (call, run) => {
    const outcome = await run();
    for (const { item } of putsOf(call))
      if (item.sk.startsWith('CHARGE#')) written.push(item as unknown as Charge);
    return outcome;
  });
  return { table, written };
};

describe('settling a job', () => {
  test('does nothing for a job without facts', async () => {
    const world = await createWorld();
    await world.settle(REF);
    expect(await world.items('CHARGE#')).toEqual([]);
  });

  test('does nothing for a job that has a cutoff only', async () => {
    const world = await createWorld();
    await world.write(cutoff(JOB, '2026-10'));
    await world.settle(REF);
    expect(await world.items('CHARGE#')).toEqual([]);
  });

  test('writes one final charge for a run that ended, with its evidence (I8)', async () => {
    const world = await createWorld();
    await world.tell(queued, running, done);
    expect(await world.charges('proj-1', '2026-10')).toEqual([
      {
        kind: 'final',
        jobId: JOB,
        projectId: 'proj-1',
        usageMonth: '2026-10',
        flavor: 'ai1-1-gpu',
        unit: 'gpu',
        milliUnits: 2_000,
        statedBy: { source: running.source, id: running.id, time: running.time },
        start: running.time,
        end: done.time,
        openedBy: { source: running.source, id: running.id, time: running.time },
        endedBy: { cause: 'fact', fact: { source: done.source, id: done.id, time: done.time } },
        minutes: 300,
        tariff: '2023-02-14T00:00:00.000Z#1',
        pricePerHour: '1.93',
        // 300 minutes x 2 GPU x 1.93, scaled by 10^15
        amount: 1_158_000_000_000_000_000n,
      },
    ]);
  });

  test('finds no usage month for a job that has a cutoff only', () => {
    expect(usageMonthsOf([november], createCalendar('UTC'))).toEqual([]);
    expect(usageMonthsOf([], createCalendar('UTC'))).toEqual([]);
  });

  test('charges nothing for a job that waits', async () => {
    const world = await createWorld();
    await world.tell(queued);
    expect(await world.items('CHARGE#')).toEqual([]);
    expect(await world.items('proj-1')).toEqual([]);
  });

  /** The calls of settling the job, each in a word. */
  const callsOf = async (world: World, over: Table = world.table) => {
    const calls: string[] = [];
    const told = wrapTable(over, async ({ name, args }, run) => {
      const [of] = args as [string | Put];
      const key = typeof of === 'string' ? of : `${of.item?.pk} ${of.item?.sk}`;
      calls.push(`${name} ${key.replace(/#.*/, '')}`);
      return run();
    });
    const context = await world.open(told);
    await context.tariffs();
    calls.length = 0;
    await settle(context, REF);
    return calls;
  };

  test('reads only the log of a job that was never in a billable status', async () => {
    const world = await createWorld();
    await world.write(queued);
    expect(await callsOf(world)).toEqual(['query JOB']);
  });

  test('reads the log again after a successful write, and no charges', async () => {
    const world = await createWorld();
    await world.write(queued);
    await world.write(running);
    expect(await callsOf(world)).toEqual([
      'query JOB',
      'query PROJECT',
      'put DUE',
      'put PROJECT',
      'query JOB',
    ]);
    expect(await callsOf(world)).toEqual(['query JOB', 'query PROJECT']);
  });

  test('looks for charges in the project of the job only, in every month of its facts', async () => {
    const world = await createWorld({ now: '2026-12-01T00:00:00Z' });
    await world.tell(running, doneInNovember);
    await world.tell({ ...running, projectId: 'proj-2' });
    const queried: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'query') queried.push(String(args[0]));
      return run();
    });
    const context = await world.open(table);
    await context.tariffs();
    queried.length = 0;
    await settle(context, REF);
    expect(queried.toSorted()).toEqual([
      'JOB#proj-1#job-1',
      'PROJECT#proj-1#2026-10',
      'PROJECT#proj-1#2026-11',
    ]);
  });

  test('includes a status that only a replaced revision bills', async () => {
    const world = await createWorld();
    const mistaken = { ...TARIFF, revision: 2, billableStatuses: ['QUEUED' as const] };
    await world.store.publishTariff(mistaken);
    await world.tell(queued);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'open' }]);
    await world.store.publishTariff({ ...TARIFF, revision: 3 });
    await world.settle(REF);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'void' }]);
  });

  test('includes a fact that arrives while charges are written', async () => {
    const world = await createWorld();
    await world.write(running);
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      const [put] = args as [Put];
      const result = await run();
      if (name === 'put' && put.item.sk.startsWith('CHARGE#')) await world.write(done);
      return result;
    });
    await settle(await world.open(table), REF);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
  });

  test('reads the tariffs afresh after a refused write', async () => {
    const world = await createWorld();
    await world.write(running);
    const context = await world.open();
    await context.tariffs();
    await world.store.publishTariff({ ...TARIFF, revision: 2, billableStatuses: ['RUNNING', 'PENDING'] });
    await world.settle(REF);
    await world.write(done);
    await settle(context, REF);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([
      { tariff: '2023-02-14T00:00:00.000Z#2' },
    ]);
  });

  test('writes nothing the second time', async () => {
    const world = await createWorld();
    await world.tell(queued, running, doneInNovember);
    const { table, written } = listenTo(world);
    await settle(await world.open(table), REF);
    expect(written).toEqual([]);
  });

  test('gives the charges of the ordered log for facts in any order, again and again (I1)', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrival, async ({ facts, arrivals }) => {
        const world = await createWorld({ tariffs: [TARIFF, DEARER] });
        for (const fact of arrivals) {
          await world.write(fact);
          await world.settle(refOf(fact));
        }
        expect(await world.standing()).toEqual(follows(facts, [TARIFF, DEARER]));
      }),
    );
  });

  test('gives the same charges by settles that run at once, item by item (I1)', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrival, fc.scheduler(), async ({ facts, arrivals }, scheduler) => {
        const world = await createWorld({ tariffs: [TARIFF, DEARER] });
        const table = wrapTable(world.table, async ({ name }, run) => {
          await scheduler.schedule(Promise.resolve(), name);
          return run();
        });
        for (const first of arrivals.slice(0, PROJECTS.length)) await world.write(first);
        await scheduler.waitFor(
          Promise.all(
            arrivals.map(async (fact) => {
              const context = await world.open(table);
              await world.write(fact);
              await settle(context, refOf(fact));
            }),
          ),
        );
        expect(await world.standing()).toEqual(follows(facts, [TARIFF, DEARER]));
      }),
    );
  });

  test('gives the same charges after it died at any table call and ran again (I1)', async () => {
    const anyDeath = fc.record({
      call: fc.integer({ min: 1, max: 40 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    });
    await fc.assert(
      fc.asyncProperty(anyArrival, fc.array(anyDeath), async ({ facts, arrivals }, deaths) => {
        const world = await createWorld();
        for (const [index, fact] of arrivals.entries()) {
          await world.write(fact);
          const death = deaths[index];
          if (!death) continue;
          const mortal = createMortalTable(world.table, death);
          await world
            .open(mortal.table)
            .then((context) => settle(context, refOf(fact)))
            .catch((error: unknown) => {
              if (!mortal.died()) throw error;
            });
        }
        for (const projectId of PROJECTS) await world.settle(jobRef(JOB, projectId));
        expect(await world.standing()).toEqual(follows(facts));
      }),
    );
  });

  test('leaves an open charge of a running job for the close, at whatever call it dies', async () => {
    for (const when of ['before', 'after'] as const)
      for (let call = 1, died = true; died; call += 1) {
        const world = await createWorld();
        await world.tell(running);
        // An earlier start arrives together with the month end: every charge changes place.
        await world.write(status(JOB, 'RUNNING', '2026-10-30T09:00:00Z'));
        await world.write(november);
        const mortal = createMortalTable(world.table, { call, when });
        await world
          .open(mortal.table)
          .then((context) => settle(context, REF))
          .catch(() => undefined);
        died = mortal.died();
        const kinds = [...(await world.standing()).values()].map(({ kind }) => kind);
        expect(kinds, `died ${when} call ${call}`).toContain('open');
      }
  });
});

describe('after facts that contradict earlier ones', () => {
  test('a job stays as it is whatever is reported of its id in another project', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const before = await world.charges('proj-1', '2026-10');
    const there = { projectId: 'proj-2', resources: TWO_CPUS };
    await world.tell(
      status(JOB, 'QUEUED', '2026-10-30T08:00:00Z', there),
      status(JOB, 'RUNNING', '2026-10-31T09:00:00Z', there),
      status(JOB, 'DONE', '2026-10-31T10:00:00Z', there),
    );
    await world.settle(REF);
    expect(await world.charges('proj-1', '2026-10')).toEqual(before);
    expect(await world.charges('proj-2', '2026-10')).toMatchObject([
      { kind: 'final', projectId: 'proj-2', flavor: 'ai1-1-cpu', minutes: 60 },
    ]);
  });

  test('a job is moved by retracting its events here and sending them there', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.tell(
      retraction(running, '2026-10-31T14:00:00Z'),
      retraction(done, '2026-10-31T14:00:00Z'),
      { ...running, projectId: 'proj-2' },
      { ...done, projectId: 'proj-2' },
    );
    expect(await world.charges('proj-1', '2026-10')).toEqual([
      { kind: 'void', jobId: JOB, projectId: 'proj-1', usageMonth: '2026-10', start: running.time },
    ]);
    expect(await world.charges('proj-2', '2026-10')).toMatchObject([
      { kind: 'final', projectId: 'proj-2', minutes: 300 },
    ]);
  });

  test('a charge that no longer follows is voided, never deleted, and may come back', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const before = await world.charges('proj-1', '2026-10');
    await world.tell(retraction(running, '2026-10-31T14:00:00Z'));
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'void', start: running.time }]);
    await world.tell({ ...running, id: 'again' });
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([
      { ...before[0], openedBy: { id: 'again' }, statedBy: { id: 'again' } },
    ]);
  });

  test('a job that is retracted altogether has void charges only', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.tell(retraction(running, '2026-10-31T14:00:00Z'), retraction(done, '2026-10-31T14:00:00Z'));
    expect(await world.standing()).toEqual(new Map());
  });

  test('a retraction reaches the job of its own project only, before and after its transition', async () => {
    const world = await createWorld();
    const elsewhere = { ...retraction(running, '2026-10-31T14:00:00Z'), projectId: 'proj-2' };
    await world.tell(elsewhere);
    await world.tell(running, done);
    await world.tell({ ...elsewhere, id: 'again' });
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
    expect(await world.charges('proj-2', '2026-10')).toEqual([]);
  });

  test('a retraction counts also where it arrives before its transition', async () => {
    const world = await createWorld();
    await world.tell(retraction(running, '2026-10-31T14:00:00Z'));
    await world.tell(running, done);
    expect(await world.standing()).toEqual(new Map());
  });

  test('charges of months long past are included', async () => {
    const world = await createWorld({ now: '2026-12-01T00:00:00Z' });
    const early = status(JOB, 'RUNNING', '2026-01-05T08:00:00Z');
    await world.tell(early, status(JOB, 'DONE', '2026-01-05T09:00:00Z'));
    await world.tell(retraction(early, '2026-12-01T00:00:00Z'));
    expect(await world.charges('proj-1', '2026-01')).toMatchObject([{ kind: 'void' }]);
  });

  test('a tariff that arrives later prices what was unrated', async () => {
    const world = await createWorld({ tariffs: [] });
    await world.tell(running, done);
    const unrated = await world.charges('proj-1', '2026-10');
    expect(unrated).toMatchObject([{ kind: 'final', minutes: 300, amount: 0n }]);
    expect(unrated[0]).not.toHaveProperty('pricePerHour');
    await world.store.publishTariff(TARIFF);
    await world.settle(REF);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ minutes: 300, pricePerHour: '1.93' }]);
  });
});

describe('the order of writes (protocol rules 1 and 4)', () => {
  test('an open charge is written first', async () => {
    const world = await createWorld();
    await world.record(running);
    await world.write(november);
    const { table, written } = listenTo(world);
    await settle(await world.open(table), REF);
    expect(written.map(({ kind, usageMonth }) => [kind, usageMonth])).toEqual([
      ['open', '2026-11'],
      ['final', '2026-10'],
    ]);
  });

  test('an open charge is made final last', async () => {
    const world = await createWorld();
    await world.tell(running);
    await world.record(doneInNovember);
    const { table, written } = listenTo(world);
    await settle(await world.open(table), REF);
    expect(written.map(({ kind, usageMonth }) => [kind, usageMonth])).toEqual([
      ['final', '2026-11'],
      ['final', '2026-10'],
    ]);
  });

  test('an open charge that moves is voided last', async () => {
    const world = await createWorld();
    await world.tell(running);
    await world.record(status(JOB, 'RUNNING', '2026-09-30T23:00:00Z'));
    const { table, written } = listenTo(world);
    await settle(await world.open(table), REF);
    expect(written.map(({ kind, usageMonth }) => [kind, usageMonth])).toEqual([
      ['open', '2026-10'],
      ['final', '2026-09'],
      ['void', '2026-10'],
    ]);
  });

  test.each([
    [100, [100]],
    [101, [100, 1]],
  ])('%i charges are written in transactions of %j, none of them empty', async (charges, transactions) => {
    const world = await createWorld();
    const runs = Array.from({ length: charges }, (_, index) => {
      const time = (minutes: number) => new Date(running.time + (2 * index + minutes) * 60_000).toISOString();
      return [
        status(JOB, 'RUNNING', time(0), { id: `start-${index}`, resources: TWO_GPUS }),
        status(JOB, 'DONE', time(1), { id: `stop-${index}` }),
      ];
    });
    await world.record(...runs.flat());
    const sizes: number[] = [];
    const table = wrapTable(world.table, async (call, run) => {
      const written = putsOf(call).filter(({ item }) => item.sk.startsWith('CHARGE#'));
      if (written.length > 0 || call.name === 'putTogether') sizes.push(written.length);
      return run();
    });
    await settle(await world.open(table), REF);
    expect(sizes).toEqual(transactions);
    expect(await world.charges('proj-1', '2026-10')).toHaveLength(charges);
  });

  test('a charge that a damaged table has twice is voided once', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const [charge] = await world.items('CHARGE#');
    if (!charge) throw new Error('there is a charge');
    await world.table.put({ item: { ...charge, sk: `${charge.sk}#copy` } });
    await world.record(retraction(running, '2026-11-01T00:00:00Z'));
    const { table, written } = listenTo(world);
    await settle(await world.open(table), REF);
    expect(written).toMatchObject([{ kind: 'void', jobId: JOB }]);
    expect(await world.table.get(charge)).toMatchObject({ kind: 'void' });
  });

  test('every charge is written after a changed-month mark for its month', async () => {
    const world = await createWorld({ now: '2026-11-02T09:00:00Z' });
    await world.record(running, doneInNovember);
    const puts: string[] = [];
    const table = wrapTable(world.table, async (call, run) => {
      for (const { item } of putsOf(call)) puts.push(`${item.pk.split('#')[0]} ${item.usageMonth}`);
      return run();
    });
    await settle(await world.open(table), REF);
    for (const month of ['2026-10', '2026-11']) {
      const charge = puts.indexOf(`PROJECT ${month}`);
      expect(charge).toBeGreaterThan(-1);
      expect(puts.slice(0, charge)).toContain(`DUE ${month}`);
    }
  });

  test('a mark is in the partition of the month of writing, or of the usage month if that is later', async () => {
    const world = await createWorld({ now: '2026-11-30T23:59:00Z' });
    await world.tell(running, done, status('job-2', 'RUNNING', '2026-12-01T00:01:00Z'));
    const marks = await world.items('proj-1#');
    expect(marks.map(({ pk, sk }) => [pk.split('#')[1], sk])).toEqual([
      ['2026-11', 'proj-1#2026-10'],
      ['2026-12', 'proj-1#2026-12'],
    ]);
  });

  test('a mark is kept for 800 days from the month of its partition', async () => {
    const world = await createWorld();
    await world.tell(running);
    expect(await world.items('proj-1#')).toMatchObject([
      { expiresAt: at('2026-10-01T00:00:00Z') / 1000 + 800 * 24 * 3600 },
    ]);
  });

  test('one invocation puts each mark once, the next one puts it again in its own month', async () => {
    const world = await createWorld();
    const marks: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name === 'put' && put.item.pk.startsWith('DUE#')) marks.push(put.item.pk.split('#')[1] ?? '');
      return run();
    });
    const context = await world.open(table);
    for (const jobId of ['job-1', 'job-2', 'job-3']) {
      await world.record(status(jobId, 'RUNNING', '2026-10-01T00:00:00Z'));
      await settle(context, jobRef(jobId));
    }
    expect(marks).toEqual(['2026-10']);
    world.setClock('2026-11-03T00:00:00Z');
    await world.record(status(JOB, 'DONE', '2026-10-01T01:00:00Z'));
    await settle(context, REF);
    expect(marks).toEqual(['2026-10', '2026-11']);
  });
});

describe('the version guard (protocol rule 2)', () => {
  test('a settle that has read fewer facts than the stored charge is refused, and reads again', async () => {
    const world = await createWorld();
    await world.record(running);
    const slow = createStallingTable(world.table);
    const settling = settle(await world.open(slow.table), REF);
    await slow.stalled;
    await world.tell(done);
    const [settled] = await world.charges('proj-1', '2026-10');
    slow.goOn();
    await settling;
    expect(settled).toMatchObject({ kind: 'final', minutes: 300 });
    expect(await world.charges('proj-1', '2026-10')).toEqual([settled]);
  });

  test('a settle that has read fewer tariffs is refused, and reads the tariffs past its cache', async () => {
    const world = await createWorld();
    await world.record(running, done);
    const slow = createStallingTable(world.table);
    const settling = settle(await world.open(slow.table), REF);
    await slow.stalled;
    await world.store.publishTariff({
      ...TARIFF,
      effectiveFrom: at('2026-10-01T00:00:00Z'),
      prices: pricesOf({ 'ai1-1-gpu': '2' }),
    });
    await world.settle(REF);
    slow.goOn();
    await settling;
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ pricePerHour: '2', minutes: 300 }]);
  });

  test('the stored versions are the facts and tariffs that its writer had read', async () => {
    const world = await createWorld({ tariffs: [TARIFF, DEARER] });
    await world.tell(queued, running, done);
    expect(await world.items('CHARGE#')).toMatchObject([{ factsSeen: 3, tariffsSeen: 2 }]);
  });

  test('a settle fails after twenty refused rounds', async () => {
    const world = await createWorld();
    await world.record(running, done);
    const [fact] = await world.store.readFacts(REF);
    let refused = 0;
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name !== 'put' || !put.item.sk.startsWith('CHARGE#')) return run();
      refused += 1;
      return { written: false, existing: put.item } as Awaited<ReturnType<typeof run>>;
    });
    expect(fact).toBeDefined();
    await expect(settle(await world.open(table), REF)).rejects.toThrow('did not settle');
    expect(refused).toBe(20);
  });

  test('a fact that arrives during a settle is settled too (protocol rule 3)', async () => {
    const world = await createWorld();
    await world.record(running);
    let arrived = false;
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      const outcome = await run();
      const [put] = args as [Put];
      if (!arrived && name === 'put' && put.item.sk.startsWith('CHARGE#')) {
        arrived = true;
        await world.store.recordFact(done, recordable(done).fingerprint, world.clock.now);
      }
      return outcome;
    });
    await settle(await world.open(table), REF);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
  });
});
