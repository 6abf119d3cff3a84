import { beforeEach, describe, expect, test } from 'vitest';
import { deriveCharges, type FinalCharge } from '../../../../lib/billing/charges.ts';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import type { Item, Table } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, jobRef, retraction, status, TARIFF, TWO_CPUS, type World } from '../world.ts';
import { chargeKey, createThreeJobs, ENDED, edit, inWords } from './audited-table.ts';

let world: World;
beforeEach(async () => {
  world = await createThreeJobs();
});

const run = async (options?: Parameters<typeof audit>[1]) => audit(await world.open(), options);

describe('an audit of a correct table', () => {
  test('finds nothing, and checks every job and every usage month', async () => {
    expect(await run()).toMatchObject({ jobs: 3, usageMonths: 3, differences: 0, healed: 0, findings: [] });
  });

  test('finds nothing while months are open, run late, are corrected, unrated or held', async () => {
    await world.tell(
      retraction(status('ended', 'DONE', '2026-10-29T14:00:00Z'), '2026-11-02T00:00:00Z'),
      status('ended', 'DONE', '2026-10-29T13:00:00Z'),
      status('unrated', 'RUNNING', '2026-10-29T13:00:00Z', {}),
      status('lost', 'RUNNING', '2026-09-01T00:00:00Z'),
    );
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2027-01-01T02:00:00Z');
    expect(await run()).toMatchObject({ differences: 0 });
  });

  test('finds nothing where changes cancel out, so that nothing is to be billed', async () => {
    // The same minutes, a little later: the old charge is void, the new one costs as much.
    await world.tell(
      retraction(
        status('other', 'RUNNING', '2026-10-29T10:00:00Z', { projectId: 'proj-2' }),
        '2026-11-02T00:00:00Z',
      ),
      status('other', 'RUNNING', '2026-10-29T10:00:01Z', { projectId: 'proj-2', resources: TWO_CPUS }),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    await world.closeAt('2027-02-01T02:00:00Z');
    expect((await world.store.readStatementIndex('proj-2')).statements).toHaveLength(1);
    expect(await run()).toMatchObject({ differences: 0 });
  });

  test.each([
    [
      'a run that begins with the next month and is known already',
      '2026-10-31T23:58:00Z',
      '2026-10-31T23:58:00Z',
    ],
    ['a mark of a process whose clock is ahead', '2026-11-01T00:00:02Z', '2026-10-31T23:59:58Z'],
  ])('finds nothing at the turn of a month: %s', async (_, told, audited) => {
    world = await createWorld({ now: told });
    await world.tell(
      status('late', 'RUNNING', '2026-10-31T22:00:00Z'),
      status('late', 'DONE', '2026-10-31T23:00:00Z'),
      status('early', 'RUNNING', '2026-11-01T00:02:00Z'),
    );
    world.setClock(audited);
    expect(await run()).toMatchObject({ differences: 0 });
  });

  test('reads the log of a job once beside the scan, and its charges once', async () => {
    const read = new Map<string, number>();
    const watched = wrapTable(world.table, async ({ name, args }, run) => {
      const [partition, { prefix = '' } = {}] = args as Parameters<Table['query']>;
      const what = `${partition} ${prefix}`;
      if (name === 'query') read.set(what, (read.get(what) ?? 0) + 1);
      return run();
    });
    expect(await audit(await world.open(watched))).toMatchObject({ differences: 0 });
    expect(read.get('JOB#proj-1#ended ')).toBe(1);
    expect(read.get('PROJECT#proj-1#2026-10 CHARGE#ended#')).toBe(1);
  });

  test('writes nothing but its own progress', async () => {
    const before = await world.items('');
    await run();
    expect((await world.items('')).filter(({ pk }) => pk !== 'AUDIT')).toEqual(before);
  });
});

describe('the cause of a difference', () => {
  test('is that no settle has seen the latest facts', async () => {
    await world.record(
      status('crossing', 'DONE', '2026-11-01T01:00:00Z'),
      status('new', 'RUNNING', '2026-11-01T01:00:00Z'),
      // It has a charge that was written, and another run since.
      status('ended', 'RUNNING', '2026-11-01T01:00:00Z'),
      status('ended', 'DONE', '2026-11-01T01:30:00Z'),
    );
    expect(inWords(await run())).toEqual([
      'changed, not settled, crossing',
      'missing, not settled, ended',
      'missing, not settled, new',
    ]);
    expect(await run({ heal: true })).toMatchObject({ differences: 3, healed: 3 });
  });

  test('is that its job is parked', async () => {
    await world.record(status('crossing', 'DONE', '2026-11-01T01:00:00Z'));
    await world.store.parkJob({ ...jobRef('crossing'), parkedAt: 1, error: 'throttled' });
    expect(inWords(await run())).toEqual(['changed, parked, crossing']);
  });

  test('is a tariff that was published since', async () => {
    await world.store.publishTariff({ ...TARIFF, revision: 2, prices: pricesOf({ 'ai1-1-cpu': '0.04' }) });
    expect(inWords(await run())).toEqual([
      'changed, tariff not settled, crossing',
      'changed, tariff not settled, ended',
      'changed, tariff not settled, other',
    ]);
    expect(await run({ heal: true })).toMatchObject({ differences: 3, healed: 3 });
  });
});

test('an audit finds and heals a job of one project, and leaves its id in another alone', async () => {
  const said = { projectId: 'proj-2', resources: TWO_CPUS };
  await world.tell(
    status('ended', 'RUNNING', '2026-10-29T09:00:00Z', said),
    status('ended', 'DONE', '2026-10-29T10:00:00Z', said),
  );
  const before = await world.items('CHARGE#ended');
  expect(before).toHaveLength(2);
  expect(await run()).toMatchObject({ jobs: 4, differences: 0 });
  await edit(world.table, ENDED, (item) => ({ ...item, minutes: 1 }));
  const { findings } = await run({ heal: true });
  expect(findings).toMatchObject([{ kind: 'changed', projectId: 'proj-1', jobId: 'ended' }]);
  expect(await run()).toMatchObject({ differences: 0 });
  const withoutVersions = ({ factsSeen: _, tariffsSeen: __, ...item }: Item) => item;
  expect((await world.items('CHARGE#ended')).map(withoutVersions)).toEqual(before.map(withoutVersions));
});

test('an audit reports no difference that a settle corrects between its two reads', async () => {
  await world.record(status('crossing', 'DONE', '2026-11-01T01:00:00Z'));
  const context = await world.open();
  let reads = 0;
  const store: typeof context.store = {
    ...context.store,
    // An audit with a finding reads whether the job is parked: then the stream delivers.
    async readParkedJob(job) {
      reads += 1;
      await world.settle(job);
      return context.store.readParkedJob(job);
    },
  };
  expect(await audit({ ...context, store })).toMatchObject({ differences: 0 });
  expect(reads).toBe(1);
});

test('an audit reports no difference for facts that are recorded and settled during its reads', async () => {
  const context = await world.open();
  const news = [
    status('crossing', 'INTERRUPTING', '2026-11-01T01:00:00Z'),
    status('crossing', 'RUNNING', '2026-11-01T01:10:00Z'),
    status('crossing', 'INTERRUPTING', '2026-11-01T01:20:00Z'),
    status('crossing', 'DONE', '2026-11-01T01:30:00Z'),
  ];
  const store: typeof context.store = {
    ...context.store,
    async storedCharges(projectId, usageMonth, jobId) {
      const told = jobId === 'crossing' ? news.shift() : undefined;
      if (told) await world.tell(told);
      return context.store.storedCharges(projectId, usageMonth, jobId);
    },
  };
  expect(await audit({ ...context, store })).toMatchObject({ differences: 0 });
  // It looked once, in the two months of the job: there was nothing to look at again.
  expect(news).toHaveLength(2);
});

test('an audit reports no difference for a tariff that was published since it began', async () => {
  const context = await world.open();
  await context.tariffs();
  await world.store.publishTariff({ ...TARIFF, revision: 2, prices: pricesOf({ 'ai1-1-gpu': '2' }) });
  for (const job of [jobRef('ended'), jobRef('crossing'), jobRef('other', 'proj-2')]) await world.settle(job);
  expect(await audit(context)).toMatchObject({ differences: 0 });
});

test('an audit heals a first write that lands after its retraction was settled', async () => {
  const started = status('late', 'RUNNING', '2026-11-01T00:00:00Z');
  await world.tell(started, status('late', 'DONE', '2026-11-01T01:00:00Z'));
  const key = chargeKey('late', '2026-11-01T00:00:00.000Z', 'proj-1', '2026-11');
  const firstWrite = (await world.table.get(key)) as Item;
  await edit(world.table, key, () => undefined);
  await world.tell(retraction(started, '2026-11-01T01:30:00Z'));
  await world.table.put({ item: firstWrite, condition: { kind: 'absent' } });
  expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
  expect(await world.table.get(key)).toMatchObject({ kind: 'void' });
});

test('an audit heals a charge that a dead process wrote from outdated facts', async () => {
  const mistaken = status('ended', 'DONE', '2026-10-29T13:00:00Z');
  await world.record(mistaken);
  const facts = await world.store.readFacts(jobRef('ended'));
  const context = await world.open();
  const [overtaken] = deriveCharges(facts, await context.tariffs(), context.calendar);
  world.clock.now += 1;
  await world.tell(retraction(mistaken, '2026-11-01T01:00:00Z'));
  // The newer facts left the charge as it was, so it does not tell that they were seen.
  const versions = { factsSeen: facts.length, tariffsSeen: 1 };
  expect(await world.store.writeCharges([overtaken as FinalCharge], versions)).toBe(true);
  expect(inWords(await run())).toEqual(['changed, not settled, ended']);
  expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
  expect(await world.table.get(ENDED)).toMatchObject({ minutes: 300 });
});

test('an audit derives charges from facts, not from the time of the audit', async () => {
  world.setClock('2031-01-01T00:00:00Z');
  expect(at('2031-01-01T00:00:00Z')).toBe(world.clock.now);
  expect((await run()).findings.filter(({ kind }) => kind !== 'unannounced')).toEqual([]);
});
