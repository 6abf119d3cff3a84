import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, ReportedFact } from '../../../../lib/billing/facts.ts';
import type { Status } from '../../../../lib/billing/statuses.ts';
import type { BillingContext } from '../../../../lib/operations/billing-context.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { settle } from '../../../../lib/operations/settle/settle.ts';
import { settleDelivered } from '../../../../lib/operations/settle/settle-delivered.ts';
import { createSettledJobs } from '../../../../lib/operations/settle/settled-jobs.ts';
import { createStallingTable, Died, putsOf, wrapTable } from '../tables.ts';
import {
  at,
  createWorld,
  cutoff,
  jobRef,
  retraction,
  status,
  TARIFF,
  TWO_GPUS,
  type World,
} from '../world.ts';

const JOB = 'job-1';
const REF = jobRef(JOB);
const queued = status(JOB, 'QUEUED', '2026-10-05T08:00:00Z');
const pending = status(JOB, 'PENDING', '2026-10-05T08:10:00Z');
const running = status(JOB, 'RUNNING', '2026-10-05T09:00:00Z');
const finalizing = status(JOB, 'FINALIZING', '2026-10-05T13:00:00Z');
const done = status(JOB, 'DONE', '2026-10-05T13:01:00Z');
const IN_ORDER = [queued, pending, running, finalizing, done];

/** A process with a memory of its own: what it reads and writes for each delivery. */
const createProcess = async (world: World) => {
  const calls: string[] = [];
  let dies = false;
  const table = wrapTable(world.table, async (call, run) => {
    const isCharge = putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'));
    const partition = String(call.args[0]);
    if (call.name === 'query' && partition.startsWith('JOB#')) {
      if (dies) throw new Died();
      calls.push('log');
    }
    if (call.name === 'query' && partition.startsWith('PROJECT#')) calls.push('charges');
    if (isCharge) calls.push('write');
    return run();
  });
  const opened = await world.open(table);
  // Each open has a memory of its own, so the process is opened once.
  const context: BillingContext = opened;
  const settle = async (...facts: readonly Fact[]) => {
    calls.length = 0;
    await settleDelivered(context, REF, facts);
    return calls.join(' ');
  };
  return {
    context,
    settle,
    /** Records and settles facts, as the stream would. */
    async tell(...facts: readonly ReportedFact[]) {
      await world.record(...facts);
      return settle(...facts);
    },
    /** Settles, and dies at its next read of the log. */
    async dieAfterWriting(...facts: readonly Fact[]) {
      dies = true;
      await expect(settle(...facts)).rejects.toThrow(Died);
      dies = false;
    },
  };
};

const createProcesses = async (options?: Parameters<typeof createWorld>[0]) => {
  const world = await createWorld({ now: '2026-10-05T14:00:00Z', ...options });
  return { world, first: await createProcess(world), second: await createProcess(world) };
};

/** What is stored is what a settle without memory would leave: it changes nothing. */
const expectSettled = async (world: World) => {
  const before = await world.standing();
  await world.settle(REF);
  expect(await world.standing()).toEqual(before);
};

describe('a process that stays warm', () => {
  test('reads the log once for each fact of a job in order, after it has written', async () => {
    const { world, first } = await createProcesses();
    const calls = [];
    for (const fact of IN_ORDER) calls.push(await first.tell(fact));
    expect(calls).toEqual(['log', 'log', 'write log', 'write log', 'log']);
    await expectSettled(world);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 240 }]);
  });

  test.each([
    { case: 'was delivered before', facts: [queued, running, queued] },
    {
      case: 'begins a second charge',
      facts: [queued, running, done, status(JOB, 'RUNNING', '2026-10-05T13:30:00Z')],
    },
    {
      case: 'changes nothing after one that changed nothing',
      facts: [running, finalizing, done, status(JOB, 'DONE', '2026-10-05T13:02:00Z')],
    },
  ])('reads the stored charges too for a fact that $case', async ({ facts }) => {
    const { world, first } = await createProcesses();
    let last = '';
    for (const fact of facts) last = await first.tell(fact);
    expect(last).toContain('log charges');
    await expectSettled(world);
  });

  test('reads the log once for the last facts of a run that are delivered together', async () => {
    const { world, first } = await createProcesses();
    await first.tell(running);
    expect(await first.tell(finalizing, done)).toBe('write log');
    await expectSettled(world);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 240 }]);
  });

  test.each([
    { case: 'one of them is billable', facts: [finalizing, status(JOB, 'RUNNING', '2026-10-05T09:30:00Z')] },
    {
      case: 'a part of them would leave another charge',
      facts: [done, status(JOB, 'DONE', '2026-11-05T09:00:00Z')],
    },
    {
      case: 'they are many',
      facts: [finalizing, done, queued, pending],
    },
  ])('reads the stored charges for facts that are delivered together if $case', async ({ facts }) => {
    const { world, first } = await createProcesses({ now: '2026-11-05T14:00:00Z' });
    await first.tell(running);
    expect(await first.tell(...facts)).toMatch(/^log charges/);
    await expectSettled(world);
  });

  test('settles once more from the log that it has read, if others have reported meanwhile', async () => {
    const { world, first } = await createProcesses();
    await first.tell(queued);
    await world.record(done);
    expect(await first.tell(running)).toBe('write log charges write log');
    await expectSettled(world);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 241 }]);
  });

  test('settles from a log with a cutoff in full, and remembers nothing of it', async () => {
    const { world, first } = await createProcesses();
    await first.tell(running);
    await world.write(cutoff(JOB, '2026-11'));
    expect(await first.settle(cutoff(JOB, '2026-11'))).toMatch(/^log (charges )+write/);
    expect(await first.tell(finalizing)).toMatch(/^log (charges )+write/);
    await expectSettled(world);
  });

  test('does not compare with a charge of other tariffs', async () => {
    const { world, first } = await createProcesses();
    await first.tell(running);
    await world.store.publishTariff({ ...TARIFF, revision: 2, name: 'dearer' });
    world.clock.now += 60_000;
    expect(await first.tell(finalizing)).toBe('log charges write log');
    await expectSettled(world);
  });

  test('does not write first what an event goes out for', async () => {
    const { first } = await createProcesses();
    await first.tell(queued);
    const unpriced = status(JOB, 'RUNNING', '2026-10-05T09:00:00Z', {
      resources: { ...TWO_GPUS, flavor: 'no-such-flavor' },
    });
    expect(await first.tell(unpriced)).toMatch(/^log charges/);
  });
});

describe('two processes that remember one job', () => {
  test('a charge that another process has replaced is not written over', async () => {
    const { world, first, second } = await createProcesses();
    await first.tell(running);
    await second.tell(done);
    expect(await first.tell(finalizing)).toBe('write log charges write log');
    await expectSettled(world);
  });

  test('a charge that a dead process has created from an older log is found by the next one', async () => {
    const { world, first, second } = await createProcesses();
    await first.tell(queued);
    const earlier = { ...running, id: 'earlier', time: at('2026-10-05T08:30:00Z') };
    await second.tell(earlier);
    await world.record(running);
    await first.dieAfterWriting(running);
    await second.settle(running);
    await expectSettled(world);
    expect(await world.standing()).toHaveProperty('size', 1);
  });

  test('the same where what it created is taken back by then', async () => {
    const { world, first, second } = await createProcesses();
    await first.tell(queued);
    await second.tell(retraction(running, '2026-10-05T13:30:00Z'));
    await world.record(running);
    await first.dieAfterWriting(running);
    await second.settle(running);
    await expectSettled(world);
    expect(await world.standing()).toHaveProperty('size', 0);
  });

  test('the same where a fact that was without effect makes another one so', async () => {
    const { world, first, second } = await createProcesses();
    const labelled = (fact: typeof queued, team: string) => ({
      ...fact,
      resources: TWO_GPUS,
      labels: { team },
    });
    await first.tell(labelled(pending, 'a'));
    await first.tell(running);
    await first.tell(done);
    await second.settle(done);
    await second.tell(labelled(status(JOB, 'QUEUED', '2026-10-05T08:00:00Z'), 'a'));
    const between = labelled(status(JOB, 'INITIALIZING', '2026-10-05T08:05:00Z'), 'b');
    await world.record(between);
    await first.dieAfterWriting(between);
    await second.settle(between);
    await expectSettled(world);
    expect([...(await world.standing()).values()]).toMatchObject([{ labels: { team: 'a' } }]);
  });
});

test('facts of which a part would order an instant in another way are not settled by memory', async () => {
  const { world, first } = await createProcesses();
  const labelled = (entered: Status, time: string, team: string) =>
    status(JOB, entered, `2026-10-05T${time}:00Z`, { resources: TWO_GPUS, labels: { team } });
  for (const [entered, time, team] of [
    ['RUNNING', '10:00', 'a'],
    ['QUEUED', '09:00', 'b'],
    ['DONE', '10:00', 'a'],
    ['RUNNING', '09:00', 'a'],
  ] as const)
    await first.tell(labelled(entered, time, team));
  const later = labelled('FINALIZING', '11:00', 'a');
  await world.tell(later);
  expect(await world.standing()).toHaveProperty('size', 2);
  // The labels change, and of the hour from 10 on nothing is left.
  await first.tell(later, labelled('QUEUED', '08:00', 'a'), labelled('QUEUED', '11:00', 'a'));
  await expectSettled(world);
  expect([...(await world.standing()).values()]).toMatchObject([{ labels: { team: 'a' }, minutes: 60 }]);
});

/** Facts of few instants, so that the order of those of one instant matters. */
const factsOfHours = (name: string, least: number, most: number) =>
  fc
    .array(
      fc.record({
        entered: fc.constantFrom('QUEUED', 'RUNNING', 'FINALIZING', 'DONE', 'RESTARTING'),
        time: fc.constantFrom('08', '09', '10', '11').map((hour) => `2026-10-05T${hour}:00:00Z`),
        team: fc.constantFrom('a', 'b'),
      }),
      { minLength: least, maxLength: most },
    )
    .map((reported) =>
      reported.map(({ entered, time, team }, index) =>
        status(JOB, entered, time, { id: `${name} ${index}`, resources: TWO_GPUS, labels: { team } }),
      ),
    );

test('facts delivered together are settled, whichever of them a process that died has settled', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[factsOfHours('known', 1, 4), factsOfHours('new', 2, 3), fc.integer({ min: 1, max: 7 })],
      async (known, delivered, part) => {
        const { world, first } = await createProcesses();
        for (const fact of known) await first.tell(fact);
        await world.tell(...delivered.filter((_, index) => (part >> index) % 2 === 1));
        await world.record(...delivered);
        await first.settle(...delivered);
        await expectSettled(world);
      },
    ),
    { numRuns: 500 },
  );
});

test('a process remembers the latest jobs only, and no long log', () => {
  const jobs = createSettledJobs();
  const settled = { facts: [queued], tariffsSeen: 1 };
  for (let job = 0; job <= 2_000; job += 1) jobs.keep(jobRef(`job-${job}`), settled);
  jobs.keep(jobRef('long'), { ...settled, facts: Array.from({ length: 51 }, () => queued) });
  expect(['job-0', 'job-1', 'job-2000', 'long'].map((id) => jobs.take(jobRef(id)) !== undefined)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(jobs.take(jobRef('job-1'))).toBeUndefined();
});

describe('a close that read the log before a late stop, and dies after it has written', () => {
  const lastDay = status(JOB, 'RUNNING', '2026-10-31T08:00:00Z');
  const lateStop = status(JOB, 'DONE', '2026-10-31T20:00:00Z');

  /** A close that waits before it writes a charge, and is gone after it. */
  const startDyingClose = async (world: World) => {
    const [waits, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let hasWritten = false;
    const table = wrapTable(world.table, async (call, run) => {
      if (hasWritten) throw new Died();
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      waits.resolve();
      await goOn.promise;
      hasWritten = true;
      return run();
    });
    const closing = closeMonths(await world.open(table)).catch((error: unknown) => error);
    await waits.promise;
    return async () => {
      goOn.resolve();
      expect(await closing).toBeInstanceOf(Error);
    };
  };

  test.each(['remembers the job', 'is new'])('is overtaken by a process that %s', async (which) => {
    const { world, first, second } = await createProcesses({ now: '2026-10-31T08:00:00Z' });
    await first.tell(lastDay);
    world.setClock('2026-11-01T06:00:00Z');
    const endClose = await startDyingClose(world);
    await (which === 'is new' ? second : first).tell(lateStop);
    // The cutoff of the close comes last, though it was written first.
    await second.settle(cutoff(JOB, '2026-11'));
    await endClose();
    await expectSettled(world);
    await world.closeAt('2026-11-01T06:20:00Z');
    expect((await world.statement('proj-1', '2026-10')).total).toBe('46.32');
  });
});

test('a close leaves alone a later charge of a job that it has met open in an ended month', async () => {
  const { world, first, second } = await createProcesses({ now: '2026-10-31T09:00:00Z' });
  const mistaken = status(JOB, 'RUNNING', '2026-10-31T08:00:00Z');
  const later = status(JOB, 'RUNNING', '2026-11-01T05:00:00Z');
  await first.tell(mistaken);
  world.setClock('2026-11-01T06:00:00Z');
  let step: 'reading' | 'cutting' | 'writing' | 'dead' = 'reading';
  const dying = wrapTable(world.table, async (call, run) => {
    if (step === 'dead') throw new Died();
    const keys = putsOf(call).map(({ item }) => item.sk);
    if (keys.some((key) => key.startsWith('CUT#'))) {
      // It has met the charge of October.
      await first.tell(retraction(mistaken, '2026-11-01T05:30:00Z'), later);
      step = 'cutting';
    }
    if (keys.some((key) => key.startsWith('CHARGE#'))) step = 'dead';
    const answer = await run();
    if (step === 'cutting' && call.name === 'query') {
      // It has read the log.
      step = 'writing';
      await second.settle(cutoff(JOB, '2026-11'));
      await first.tell(status(JOB, 'DONE', '2026-11-01T05:50:00Z'));
    }
    return answer;
  });
  await closeMonths(await world.open(dying)).catch(() => {});
  await expectSettled(world);
});

test('a close sees that a job is cut off by a settle with as many facts as one that wrote first', async () => {
  const { world, first, second } = await createProcesses({ now: '2026-10-31T09:00:00Z' });
  const limited = status(JOB, 'QUEUED', '2026-10-31T07:00:00Z', { timeoutMs: 60 * 60_000 });
  const notLimited = retraction(limited, '2026-11-01T05:00:00Z');
  await first.tell(status(JOB, 'RUNNING', '2026-10-31T08:00:00Z'));
  world.setClock('2026-11-01T06:00:00Z');
  const slow = createStallingTable(world.table);
  let settling: Promise<unknown> | undefined;
  let isOvertaken = false;
  const table = wrapTable(world.table, async (call, run) => {
    const keys = putsOf(call).map(({ item }) => item.sk);
    if (!isOvertaken && keys.some((key) => key.startsWith('CHARGE#'))) {
      // It has read the log with the limit, and the charge of the process that wrote first.
      isOvertaken = true;
      await world.record(notLimited);
      slow.goOn();
      await settling;
      for (const fact of [limited, notLimited]) await second.settle(fact);
    }
    const outcome = await run();
    if (keys.some((key) => key.startsWith('CUT#'))) {
      settling = settle(await world.open(slow.table), REF);
      await slow.stalled;
      await world.record(limited);
      await first.dieAfterWriting(limited);
    }
    return outcome;
  });
  await closeMonths(await world.open(table));
  expect(isOvertaken).toBe(true);
  await expectSettled(world);
  expect((await world.statement('proj-1', '2026-10')).total).toBe('61.76');
});
