import { expect, test, vi } from 'vitest';
import { countPolls, countUnbilled, createCount } from '../../lib/metrics.ts';
import { closeBacklog } from '../../lib/operations/close/open-months.ts';
import { settle } from '../../lib/operations/settle/settle.ts';
import { createWorld, jobRef, status, TWO_CPUS, TWO_GPUS } from './operations/world.ts';

/** The lines of the log that are written while `work` runs. */
const written = (work: () => void): string[] => {
  const lines: string[] = [];
  const outputs = [process.stdout, process.stderr].map((output) =>
    vi.spyOn(output, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    }),
  );
  try {
    work();
  } finally {
    for (const output of outputs) output.mockRestore();
  }
  return lines;
};

test('counts are one line of the log, under the name and stage of the alarms', () => {
  const count = createCount('production');
  const [line, ...others] = written(() => count({ AuditDifferences: 3, AuditUnhealed: 0 }));
  expect(others).toEqual([]);
  expect(JSON.parse(line ?? '')).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'jobmeter',
          Dimensions: [['service', 'stage']],
          Metrics: [
            { Name: 'AuditDifferences', Unit: 'Count' },
            { Name: 'AuditUnhealed', Unit: 'Count' },
          ],
        },
      ],
    },
    service: 'jobmeter',
    stage: 'production',
    AuditDifferences: 3,
    AuditUnhealed: 0,
  });
});

test('the subjects of counts are in the same line, and are no dimensions', () => {
  const [line] = written(() => createCount('production')({ HeldCharges: 1 }, { jobId: 'job-1' }));
  const { _aws, ...fields } = JSON.parse(line ?? '');
  expect(fields).toEqual({ service: 'jobmeter', stage: 'production', HeldCharges: 1, jobId: 'job-1' });
  expect(_aws.CloudWatchMetrics).toMatchObject([{ Dimensions: [['service', 'stage']] }]);
});

test('counts of one call do not come again with the next, and no counts are no line', () => {
  const count = createCount('production');
  const lines = written(() => {
    count({ ParkedJobs: 1 });
    count({}, { jobId: 'job-1' });
    count({ HeldCharges: 1 });
  });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { _aws: expect.anything(), service: 'jobmeter', stage: 'production', ParkedJobs: 1 },
    { _aws: expect.anything(), service: 'jobmeter', stage: 'production', HeldCharges: 1 },
  ]);
});

test('the age of each poll is a number of its project, and the largest one of the stage', () => {
  const polled = { jobs: 0, recorded: 0, conflicts: 0, outcome: 'done', untranslated: [] } as const;
  const unread = [{ jobId: 'job-1', reason: 'is strange' }];
  const lines = written(() =>
    countPolls(createCount('production'), [
      { ...polled, provider: 'cloud-1', projectId: 'proj-1', ageMs: 1_000 },
      { ...polled, provider: 'cloud-2', projectId: 'proj-2', ageMs: 61_499, untranslated: unread },
    ]),
  ).map((line) => JSON.parse(line));
  expect(lines.map(({ _aws, service: _, stage: __, ...numbers }) => numbers)).toEqual([
    { project: 'cloud-1', PollAgeSeconds: 1 },
    { project: 'cloud-2', PollAgeSeconds: 61 },
    { project: 'cloud-2', UntranslatedJobs: 1 },
    { PollAgeSeconds: 61 },
  ]);
  expect(lines.map(({ _aws }) => _aws.CloudWatchMetrics[0].Dimensions)).toEqual([
    [['service', 'stage', 'project']],
    [['service', 'stage', 'project']],
    [['service', 'stage']],
    [['service', 'stage']],
  ]);
  expect(lines[3]._aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: 'PollAgeSeconds', Unit: 'Seconds' }]);
});

test('a stage that polls nothing counts no polls', () => {
  expect(written(() => countPolls(createCount('production'), []))).toEqual([]);
});

/** Settles a job of these statuses, and gives what was counted. */
const countsOf = async (...facts: Parameters<typeof status>[]) => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.record(...facts.map((fact) => status(...fact)));
  const counted: object[] = [];
  const onChargesWritten = countUnbilled((counts) => {
    if (Object.keys(counts).length > 0) counted.push(counts);
  });
  await settle({ ...(await world.open()), onChargesWritten }, jobRef('job-1'));
  return counted;
};

const STARTED = '2026-10-29T09:00:00Z';
const UNKNOWN = { ...TWO_GPUS, flavor: 'not in the tariff' };

test('the log names the job of an unbilled charge', async () => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.record(status('job-1', 'RUNNING', STARTED, {}));
  const about: unknown[] = [];
  const onChargesWritten = countUnbilled((_, charge) => about.push(charge));
  await settle({ ...(await world.open()), onChargesWritten }, jobRef('job-1'));
  expect(about).toEqual([{ jobId: 'job-1', projectId: 'proj-1', usageMonth: '2026-10' }]);
});

test('a charge that is billed in full is not counted', async () => {
  expect(await countsOf(['job-1', 'RUNNING', STARTED])).toEqual([]);
  expect(await countsOf(['job-1', 'RUNNING', STARTED], ['job-1', 'DONE', '2026-10-29T10:00:00Z'])).toEqual(
    [],
  );
});

test('a job without a price is counted as soon as it runs, and when it has stopped', async () => {
  const runs = ['job-1', 'RUNNING', STARTED, { resources: UNKNOWN }] as const;
  expect(await countsOf([...runs])).toEqual([{ UnratedCharges: 1 }]);
  expect(await countsOf([...runs], ['job-1', 'DONE', '2026-10-29T10:00:00Z'])).toEqual([
    { UnratedCharges: 1 },
  ]);
});

test('a job without resources is counted', async () => {
  expect(await countsOf(['job-1', 'RUNNING', STARTED, {}])).toEqual([{ UnratedCharges: 1 }]);
});

test('a job without a count of the priced unit is counted', async () => {
  const cpusOnly = { flavor: 'ai1-1-gpu', milliUnits: { cpu: 13_000 } };
  expect(await countsOf(['job-1', 'RUNNING', STARTED, { resources: cpusOnly }])).toEqual([
    { UnratedCharges: 1 },
  ]);
});

test('a job beyond its limit is counted from its next settle on', async () => {
  const started = ['job-1', 'RUNNING', '2026-09-30T09:00:00Z'] as const;
  // Resources that are restated after the limit end the run there.
  const again = ['job-1', 'RUNNING', '2026-10-29T09:00:00Z', { resources: TWO_CPUS }] as const;
  expect(await countsOf([...started], [...again])).toContainEqual({ HeldCharges: 1 });
});

test('a job with a known stop is not counted, however long it ran', async () => {
  const started = ['job-1', 'RUNNING', '2026-09-30T09:00:00Z'] as const;
  const stopped = ['job-1', 'DONE', '2026-10-29T09:00:00Z'] as const;
  expect(await countsOf([...started], [...stopped])).toEqual([]);
});

test('a run that is held whole is counted at once', async () => {
  const ended = ['job-1', 'DONE', '2026-10-29T08:00:00Z'] as const;
  expect(await countsOf([...ended], ['job-1', 'RUNNING', STARTED])).toEqual([{ HeldCharges: 1 }]);
});

test('a charge that another settle has written is not counted', async () => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.record(status('job-1', 'RUNNING', STARTED, {}));
  const counted: object[] = [];
  const context = await world.open();
  const overtaken = { ...context, store: { ...context.store, writeCharges: async () => false } };
  const onChargesWritten = countUnbilled((counts) => counted.push(counts));
  await expect(settle({ ...overtaken, onChargesWritten }, jobRef('job-1'))).rejects.toThrow('did not settle');
  expect(counted).toEqual([]);
});

test('months are overdue from the time they can be closed until they are closed', async () => {
  const world = await createWorld({ now: '2026-09-30T00:00:00Z', timeZone: 'Europe/Paris' });
  const closeAfterMs = 6 * 3_600_000;
  const overdueAt = async (iso: string) => {
    world.setClock(iso);
    return (await closeBacklog(await world.open(), closeAfterMs)).overdue;
  };
  // A table without usage has nothing to close.
  expect(await overdueAt('2026-10-31T00:00:00Z')).toBe(0);
  await world.tell(status('job-1', 'RUNNING', STARTED));
  // The first close after that sees the usage, and it is a while until the month ends.
  expect(await overdueAt('2026-10-31T20:00:00Z')).toBe(0);
  await world.store.firstUsageSeenAt(world.clock.now);
  expect(await overdueAt('2026-11-01T04:59:59.999Z')).toBe(0);
  expect(await overdueAt('2026-11-01T05:00:00Z')).toBe(1);
  expect(await overdueAt('2026-12-01T05:00:00Z')).toBe(2);
  await world.close();
  expect(await overdueAt('2026-12-01T05:00:00Z')).toBe(0);
});
