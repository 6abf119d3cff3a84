import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileTranslation } from '../../../../cli/import/translate-files.ts';
import { createCalendar } from '../../../../lib/billing/months.ts';
import { createTariffBook } from '../../../../lib/billing/tariff.ts';
import { estimateEvents } from '../../../../lib/operations/import/estimate.ts';
import { PLATFORMS } from '../../../../lib/sources/platforms.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobmeter-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (name: string, content: string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
};

const translationOf = (platform: string, files: readonly string[]) => {
  const known = PLATFORMS[platform];
  if (!known) throw new Error(`there is no platform ${platform}`);
  return createFileTranslation(known, files, { timeZone: 'UTC', project: { id: 'proj-1' } });
};

const translate = async (platform: string, files: readonly string[]) => {
  const translation = translationOf(platform, files);
  const events = await Array.fromAsync(translation.events());
  return { jobs: [...new Set(events.map(({ subject }) => subject))], events, ...translation.read() };
};

const sacct = (...rows: string[]) => ['JobID|State|Submit|Start|End|AllocTRES', ...rows].join('\n');
const row = (id: string, state = 'COMPLETED') =>
  `${id}|${state}|2026-10-01T08:00:00|2026-10-01T08:00:00|2026-10-01T09:00:00|gres/gpu=1`;

test('each file of lines has a header of its own, and what is left out is named with its file', async () => {
  const files = [
    await save('a.txt', sacct(row('1'), row('2', 'ODD'))),
    await save('b.txt', sacct(row('3'), row('4', 'ODD'))),
    await save('c.txt', row('5')),
  ];
  const { jobs, records, skipped } = await translate('slurm', files);
  expect({ jobs, records }).toEqual({ jobs: ['1', '3'], records: 7 });
  expect(skipped).toMatchObject([
    {
      reason: 'State "ODD" is not translated',
      count: 2,
      first: [`line 3 of ${files[0]}`, `line 3 of ${files[1]}`],
    },
    { reason: expect.stringContaining('a header with the columns'), first: [`line 1 of ${files[2]}`] },
  ]);
});

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...{ name: 'train-0', namespace: 'vision', uid: 'pod-1', creationTimestamp: '2026-10-01T08:00:00Z' },
    labels: { 'batch.kubernetes.io/job-name': 'train' },
  },
  spec: {
    nodeName: 'node-1',
    containers: [
      { name: 'main', resources: { limits: { 'nvidia.com/gpu': '1' }, requests: { 'nvidia.com/gpu': '1' } } },
    ],
  },
  status: {
    phase: 'Succeeded',
    startTime: '2026-10-01T08:00:10Z',
    containerStatuses: [
      {
        name: 'main',
        state: {
          terminated: { exitCode: 0, startedAt: '2026-10-01T08:01:00Z', finishedAt: '2026-10-01T09:00:00Z' },
        },
      },
    ],
  },
};
const NODE = {
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: { name: 'node-1', uid: 'n1', labels: { 'nvidia.com/gpu.product': 'H100' } },
};

test('JSON values of several files belong together: a pod of one is on a node of another', async () => {
  const [pods, nodes] = [
    await save('pods.json', JSON.stringify(POD)),
    await save('nodes.json', JSON.stringify(NODE)),
  ];
  const { events } = await translate('kubernetes', [pods, nodes]);
  expect(events.find(({ data }) => data.resources)?.data.resources).toMatchObject({ flavor: 'H100', gpu: 1 });
});

/** As `ovhai job get` prints a job. */
const PRINTED = `---
Id:         job-h100
Spec:
  Resources:
    Cpu:               28
    Flavor:            h100-1-gpu
    Gpu:               1
  Timeout:              0
Status:
  History:
    DATE                  STATE
    19-09-25 14:16:43     QUEUED
    19-09-25 14:16:46     RUNNING
  State:                RUNNING
User:       user-1
`;

test('text instead of JSON is read where the platform prints its jobs', async () => {
  const { jobs, events, records } = await translate('ovh', [await save('job.txt', PRINTED)]);
  expect({ jobs, records, times: events.map(({ id }) => id) }).toEqual({
    ...{ jobs: ['job-h100'], records: 1 },
    times: ['QUEUED@2025-09-19T14:16:43.000Z', 'RUNNING@2025-09-19T14:16:46.000Z'],
  });
  const { skipped } = await translate('ovh', [await save('job.json', '[{"id":"x"}]')]);
  expect(skipped).toEqual([{ reason: 'spec is missing', count: 1, first: ['record 1'] }]);
});

test('5,000 jobs of a packed-up month are read as a stream and priced job by job', async () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => row(String(index + 1)));
  const estimate = await estimateEvents(
    translationOf('slurm', [await save('many.txt', sacct(...rows))]).events(),
    {
      tariffs: createTariffBook([
        {
          ...{
            name: 'a',
            effectiveFrom: 0,
            revision: 1,
            currency: 'EUR',
            billableStatuses: ['RUNNING'] as const,
          },
          ...{
            maxRunningMs: 1e9,
            maxSilenceMs: 1e9,
            prices: { gpu: { unit: 'gpu', pricePerHour: '0.001' } },
          },
        },
      ]),
      ...{ calendar: createCalendar('UTC'), currency: 'EUR' },
    },
    { grouping: { by: 'label', key: 'user' }, now: Date.parse('2026-11-28T00:00:00Z') },
  );
  expect(estimate).toMatchObject({ jobs: 5_000, events: 15_000, total: '5.00', unrated: [] });
});
