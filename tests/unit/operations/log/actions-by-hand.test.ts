import { describe, expect, test } from 'vitest';
import { audit, resumeAudit } from '../../../../lib/operations/audit/audit.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { importEvents } from '../../../../lib/operations/import/import-events.ts';
import { loggedImport } from '../../../../lib/operations/import/logged-import.ts';
import { readActions } from '../../../../lib/operations/log/read-actions.ts';
import { retractEvent } from '../../../../lib/operations/retract.ts';
import { redrive } from '../../../../lib/operations/settle/settle-jobs.ts';
import { publishTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { createStore } from '../../../../lib/store/store.ts';
import { createMortalTable, putsOf, type TableCall, wrapTable } from '../tables.ts';
import { createWorld, jobRef, status, TARIFF, type World } from '../world.ts';

const ANA = { kind: 'local', id: 'ana' } as const;
const { revision: _, ...DRAFT } = TARIFF;
const NEXT_YEAR = { ...DRAFT, name: 'next year', effectiveFrom: Date.parse('2027-01-01T00:00:00Z') };

/** The log in short, oldest first. */
const logOf = async (world: World) => {
  const { actions } = await readActions(await world.open(), { limit: 100 });
  return actions.reverse().map(({ by, action, target }) => `${by.id}: ${action} ${target}`);
};

/** The puts of each write that is made together. */
const recordWrites = (world: World) => {
  const writes: string[][] = [];
  const table = wrapTable(world.table, async (call: TableCall, run) => {
    writes.push(putsOf(call).map(({ item }) => item.pk.replace(/#.*/, '')));
    return run();
  });
  return { table, writes };
};

test('a tariff is published together with its entry', async () => {
  const world = await createWorld();
  const { table, writes } = recordWrites(world);
  await publishTariff(await world.open(table), NEXT_YEAR, { by: ANA });
  expect(writes).toContainEqual(['TARIFF', 'LOG']);
  expect(await logOf(world)).toEqual(['ana: tariff.published 2027-01-01T00:00:00.000Z#1']);
});

test('a backdated tariff, its publication and its entry are one write', async () => {
  const world = await createWorld();
  const { table, writes } = recordWrites(world);
  await publishTariff(await world.open(table), DRAFT, { by: ANA, backdate: true });
  // It is published already, so only its publication is begun again.
  expect(writes).toContainEqual(['PUBLICATION', 'LOG']);
  await publishTariff(await world.open(table), { ...DRAFT, name: 'other' }, { by: ANA, backdate: true });
  expect(writes).toContainEqual(['TARIFF', 'PUBLICATION', 'LOG']);
  const { actions } = await readActions(await world.open(), { limit: 100 });
  expect(actions.map(({ target, detail }) => `${target} ${detail}`)).toEqual([
    '2023-02-14T00:00:00.000Z#2 other, backdated',
    '2023-02-14T00:00:00.000Z#1 running time: published before, its jobs are settled again',
  ]);
});

test('a tariff that another process publishes at once is logged once, and so is its revision', async () => {
  const world = await createWorld();
  const publish = async (name: string) =>
    publishTariff(await world.open(), { ...NEXT_YEAR, name }, { by: { kind: 'iam', id: name } });
  await Promise.all([publish('ana'), publish('bo')]);
  const log = await logOf(world);
  expect(log.map((entry) => entry.slice(-1)).sort()).toEqual(['1', '2']);
  expect(log.map((entry) => entry.split(':')[0]).sort()).toEqual(['ana', 'bo']);
});

test('neither a refused nor an unchanged tariff nor a dry run is logged', async () => {
  const world = await createWorld();
  const context = await world.open();
  await expect(publishTariff(context, { ...NEXT_YEAR, currency: 'USD' }, { by: ANA })).rejects.toThrow();
  await publishTariff(context, NEXT_YEAR, { by: ANA, dryRun: true });
  await publishTariff(context, DRAFT, { by: ANA });
  expect(await logOf(world)).toEqual([]);
});

test('without a person nothing is logged', async () => {
  const world = await createWorld();
  await world.tell(status('job', 'RUNNING', '2026-09-30T22:00:00Z'));
  await publishTariff(await world.open(), NEXT_YEAR);
  await closeMonths(await world.open());
  await audit(await world.open(), { heal: true });
  await redrive(await world.open(), () => {});
  expect(await logOf(world)).toEqual([]);
});

test('a close by hand is logged for each month before it begins', async () => {
  const world = await createWorld({ now: '2026-08-20T00:00:00Z' });
  await world.tell(status('job', 'RUNNING', '2026-08-20T00:00:00Z'));
  world.setClock('2026-10-01T00:00:00Z');
  await closeMonths(await world.open(), { by: ANA });
  const log = ['ana: close.begun 2026-08', 'ana: close.begun 2026-09'];
  expect(await logOf(world)).toEqual(log);
  await closeMonths(await world.open(), { by: ANA });
  expect(await logOf(world)).toEqual(log);
});

test('an audit by hand is logged if it heals, and so is its resumption', async () => {
  const world = await createWorld();
  await world.tell(status('job', 'RUNNING', '2026-09-30T22:00:00Z'));
  await audit(await world.open(), { by: ANA });
  expect(await logOf(world)).toEqual([]);
  const run = await audit(await world.open(), { by: ANA, heal: true, deadline: 0 });
  await resumeAudit(await world.open(), { by: { kind: 'local', id: 'bo' } });
  const target = `audit ${run.id}`;
  expect(await logOf(world)).toEqual([`ana: heal.begun ${target}`, `bo: heal.begun ${target}`]);
});

test('a redrive is logged with the jobs it is about, and not where none is parked', async () => {
  const world = await createWorld();
  await redrive(await world.open(), () => {}, ANA);
  expect(await logOf(world)).toEqual([]);
  for (const jobId of ['a', 'b'])
    await world.store.parkJob({ ...jobRef(jobId), parkedAt: 0, error: 'no facts' });
  await redrive(await world.open(), () => {}, ANA);
  const { actions } = await readActions(await world.open(), { limit: 100 });
  expect(actions).toMatchObject([
    { action: 'redrive.begun', target: 'parked jobs: 2', detail: 'a of proj-1, b of proj-1' },
  ]);
});

const NOTHING = importEvents((async function* () {})(), async () => ({
  recorded: 0,
  duplicates: 0,
  conflicts: 0,
  refused: [],
}));

test('an import has an entry at its start, and one with its counts at its end', async () => {
  const world = await createWorld();
  const imported = {
    ...(await NOTHING),
    ...{ events: 9, recorded: 4, known: 2, conflicts: 1 },
    refused: [{ reason: 'no job', count: 2, first: ['job-1'] }],
  };
  await loggedImport(
    await world.open(),
    ANA,
    { target: 'jobs.txt', detail: 'slurm', projectId: 'proj-1' },
    async () => imported,
  );
  const { actions } = await readActions(await world.open(), { limit: 100 });
  expect(actions).toMatchObject([
    {
      action: 'import.ended',
      projectId: 'proj-1',
      target: 'jobs.txt',
      detail: '4 events recorded, 2 known already, 1 in conflict, 2 refused',
    },
    { action: 'import.begun', projectId: 'proj-1', target: 'jobs.txt', detail: 'slurm' },
  ]);
});

test('an import that is killed has a start and no end', async () => {
  const world = await createWorld();
  const mortal = createMortalTable(world.table, { call: 2, when: 'before' });
  const context = await world.open();
  const store = createStore(mortal.table);
  const killed = loggedImport({ ...context, store }, ANA, { target: 'jobs.txt' }, async () => {
    await store.readTariffs();
    return NOTHING;
  });
  await expect(killed).rejects.toThrow();
  expect(await logOf(world)).toEqual(['ana: import.begun jobs.txt']);
});

describe('an event that a person takes back', () => {
  const open = async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'),
      status('job-1', 'DONE', '2026-10-05T08:00:00Z'),
    );
    const facts = await world.store.readFacts(jobRef('job-1'));
    const stop = facts.find((fact) => fact.kind === 'transition' && fact.status === 'DONE');
    if (stop?.kind !== 'transition') throw new Error('the job has a stop');
    return { world, retracting: { ...jobRef('job-1'), id: stop.id, reason: 'of another job', by: ANA } };
  };

  test('is taken back together with its entry, and once', async () => {
    const { world, retracting } = await open();
    const { table, writes } = recordWrites(world);
    const first = await retractEvent(await world.open(table), retracting);
    const second = await retractEvent(await world.open(table), retracting);
    expect([first?.outcome, second?.outcome]).toEqual(['recorded', 'retracted before']);
    expect(writes.filter((puts) => puts.length > 0)).toEqual([['JOB', 'LOG']]);
    expect(await logOf(world)).toEqual([`ana: retraction.recorded event ${retracting.id} of job job-1`]);
    const retractions = (await world.store.readFacts(jobRef('job-1'))).filter(
      ({ kind }) => kind === 'retraction',
    );
    expect(retractions).toMatchObject([{ retracts: { id: retracting.id }, reason: 'of another job' }]);
  });

  test('is not said to be taken back where the table refuses it', async () => {
    const { world, retracting } = await open();
    const busy = { ...world.table, putTogether: async () => ({ written: false }) };
    await expect(retractEvent(await world.open(busy), retracting)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await logOf(world)).toEqual([]);
  });

  test('must be there, and the reason be valid', async () => {
    const { world, retracting } = await open();
    const context = await world.open();
    await expect(retractEvent(context, { ...retracting, id: 'no-such' })).rejects.toThrow(
      /has no event no-such/,
    );
    expect(await retractEvent(context, { ...retracting, jobId: 'no-such' })).toBeUndefined();
    await expect(retractEvent(context, { ...retracting, reason: '' })).rejects.toMatchObject({
      errors: [{ pointer: '/data/reason' }],
    });
    expect(await logOf(world)).toEqual([]);
  });
});
