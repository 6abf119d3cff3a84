import { expect, test } from 'vitest';
import type { FinalCharge } from '../../../lib/billing/charges.ts';
import { parseTariff } from '../../../lib/operations/tariffs/publish.ts';
import { derive } from '../billing/builders.ts';
import { factsOf } from './charges-of.ts';
import { CLUSTER, EXAMPLE_SACCT, EXAMPLE_TARIFF, inShort, SOURCES_DOC, sacct } from './data.ts';
import { kubernetes } from './kubernetes-objects.ts';

// The example files of docs/sources.md.

test('every row of the example of Slurm is read', () => {
  const { events, skipped } = sacct(EXAMPLE_SACCT, { timeZone: 'UTC' });
  expect(skipped).toEqual([]);
  const rows = EXAMPLE_SACCT.trim().split('\n').length - 1;
  expect(events.filter(({ data }) => data.status === 'QUEUED')).toHaveLength(rows);
  expect(new Set(events.map(({ time }) => time.slice(0, 7)))).toEqual(
    new Set(['2026-09', '2026-10', '2026-11']),
  );
});

test('the example tariff of Slurm prices every flavor of the example, and no other', () => {
  const { events } = sacct(EXAMPLE_SACCT, { timeZone: 'UTC' });
  const flavors = new Set(events.flatMap(({ data }) => data.resources?.flavor ?? []));
  expect(new Set(Object.keys(parseTariff(EXAMPLE_TARIFF).prices))).toEqual(flavors);
});

test('the example of Slurm gives unit minutes by user, counted one by one beside it', () => {
  const { events } = sacct(EXAMPLE_SACCT, { timeZone: 'UTC' });
  const tariff = { ...parseTariff(EXAMPLE_TARIFF), revision: 1 };
  const jobs = Map.groupBy(factsOf(events), ({ jobId }) => jobId);
  const ended = [...jobs.values()]
    .flatMap((facts) => derive(facts, [tariff]))
    .filter((charge): charge is FinalCharge => charge.kind === 'final');
  const minutes: Record<string, number> = {};
  for (const { usageMonth, labels, flavor, minutes: more, milliUnits = 0 } of ended) {
    const key = `${usageMonth} ${labels?.user} ${flavor}`;
    minutes[key] = (minutes[key] ?? 0) + (more * milliUnits) / 1000;
  }
  expect(minutes).toEqual({
    ...{ '2026-09 ana a100': 23146, '2026-09 ana cpu': 14784, '2026-09 ana h100': 18272 },
    ...{ '2026-09 bo h100': 21192, '2026-09 cy a100': 5324, '2026-09 cy h100': 64352 },
    ...{ '2026-09 dee a100': 2984, '2026-09 dee cpu': 3104, '2026-09 dee h100': 2788 },
    ...{ '2026-10 ana a100': 26168, '2026-10 ana cpu': 3104, '2026-10 ana h100': 87084 },
    ...{ '2026-10 bo a100': 14362, '2026-10 bo cpu': 14784, '2026-10 bo h100': 13960 },
    ...{ '2026-10 cy a100': 3864, '2026-10 dee h100': 8964, '2026-11 bo a100': 1768 },
  });
});

/** Where its node is known, and what came of it. */
const job = (number: number): string =>
  inShort(kubernetes(CLUSTER.items), `6d0e0001-0000-4000-8000-00000000000${number}`)
    .slice(1)
    .map((text) => text.replace(/^2026-10-|Z/g, ''))
    .join(', ');

test('the pods of the example of Kubernetes', () => {
  expect(kubernetes(CLUSTER.items).skipped).toEqual([]);
  expect(kubernetes([CLUSTER]).events).toEqual(kubernetes(CLUSTER.items).events);
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(job)).toEqual([
    '05T08:00:04 PENDING NVIDIA-A100-SXM4-80GB gpu 4 cpu 32, 05T08:01:30 RUNNING, 05T17:21:12 DONE',
    '05T08:00:04 PENDING NVIDIA-A100-SXM4-80GB gpu 4 cpu 32, 05T08:01:33 RUNNING, 05T17:20:58 DONE',
    '07T10:00:03 PENDING NVIDIA-A100-SXM4-80GB gpu 1 cpu 8, 07T10:00:40 RUNNING, 07T12:00:00 TIMEOUT, 07T12:00:25 INTERRUPTED',
    '12T06:30:02 PENDING NVIDIA-A100-SXM4-80GB gpu 8 cpu 64, 12T06:31:10 RUNNING, 12T09:44:00 INTERRUPTED',
    '20T09:00:01 PENDING Tesla-T4-SHARED gpu 1 cpu 4, 20T09:00:22 RUNNING',
    '21T14:00:02 PENDING mig-3g.20gb gpu 1 cpu 6, 21T14:00:31 RUNNING, 21T16:30:00 DONE',
    '04T22:00:01 PENDING cpu cpu 1.5, 04T22:00:09 RUNNING, 04T23:10:09 DONE',
    '',
  ]);
});

test('the command of the docs prints the columns that the translator asks for', () => {
  const [{ reason } = { reason: '' }] = sacct('no header').skipped;
  const [, columns] = / -o (\S+)$/.exec(reason) ?? [];
  expect(SOURCES_DOC).toContain(`-o ${columns} \\\n`);
});
