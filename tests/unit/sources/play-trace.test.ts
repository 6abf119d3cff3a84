import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../../lib/billing/minutes.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import { fitEvents } from '../../../simulation/traces/fit-events.ts';
import { playTrace, type TraceStage } from '../../../simulation/traces/play-trace.ts';
import { readTraces } from '../../../simulation/traces/read-traces.ts';
import { openb } from './data.ts';
import { createMemoryStage } from './memory-stage.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const FOLDER = fileURLToPath(new URL('data', import.meta.url));
const onProgress = () => {};

const readAll = () => readTraces(FOLDER, { timeZone: 'UTC', onProgress });

const play = async (events: readonly ReportedEvent[], change: (stage: TraceStage) => Partial<TraceStage>) => {
  const stage = await createMemoryStage(NOW);
  return playTrace({ ...stage, ...change(stage) }, events, { now: NOW, onProgress });
};

test('every file of the folder is billed as the oracle bills it, to the cent', async () => {
  const trace = await readAll();
  expect(trace.files.map(({ file, format }) => `${file} ${format}`)).toEqual([
    'cluster_job_log philly',
    'openb_pod_list_made_up.csv openb',
    'sacct.txt sacct',
  ]);
  expect(trace.unknownFiles).toEqual([]);
  const report = await play(trace.events, () => ({}));
  expect(report.differences).toEqual([]);
  // The only pod of `openb_pod_list_made_up-guaranteed` was never scheduled.
  expect(report.projects.map(({ projectId }) => projectId)).toEqual([
    'a1b2c3',
    'd4e5f6',
    'openb_pod_list_made_up-be',
    'openb_pod_list_made_up-burstable',
    'openb_pod_list_made_up-ls',
    'speech',
    'vision',
  ]);
  for (const { billed, expected } of report.projects) expect(billed).toEqual(expected);
  expect(report.minutes).toBeGreaterThan(100_000);
  expect(report.events).toBe(trace.events.length);
});

test('a file in no known format is named', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const { files, unknownFiles } = await readTraces(folder, { timeZone: 'UTC', onProgress });
  expect(files).toEqual([]);
  expect(unknownFiles).toContain('play-trace.test.ts');
});

test('a cent too much in a line is found', async () => {
  const { events } = openb();
  const report = await play(events, (stage) => ({
    statements: async (projectId) => {
      const [first, ...others] = await stage.statements(projectId);
      if (!first || projectId !== 'openb-ls') return [...(first ? [first] : []), ...others];
      const [line, ...lines] = first.lines;
      if (!line) throw new Error('a statement without lines');
      const amount = (Number(line.amount) + 0.01).toFixed(2);
      const total = (Number(first.total) + 0.01).toFixed(2);
      return [{ ...first, total, lines: [{ ...line, amount }, ...lines] }, ...others];
    },
  }));
  expect(report.differences).toHaveLength(2);
  expect(report.differences[0]).toMatch(/^project openb-ls: expected /);
});

test('an event that was not recorded is found', async () => {
  const { events } = openb();
  const report = await play(events, (stage) => ({
    send: (all, progress) => stage.send(all.slice(1), progress),
  }));
  expect(report.differences[0]).toBe('1 events were not recorded');
});

test('events are moved by whole days, each source by itself, so that their months have ended', async () => {
  const { events, shifts, jobsLeftOut } = fitEvents((await readAll()).events, NOW);
  expect(jobsLeftOut).toBe(0);
  expect(shifts.map(({ source }) => source)).toEqual([
    'urn:trace:philly',
    'urn:trace:openb:openb_pod_list_made_up',
    'urn:slurm:c1',
  ]);
  const times = events.map(({ time }) => Date.parse(time));
  expect(Math.min(...times)).toBeGreaterThan(NOW - 400 * DAY_MS);
  expect(Math.max(...times)).toBeLessThan(Date.parse('2026-11-01T00:00:00Z'));
  for (const { id, time } of events) {
    const recorded = Date.parse(/@([^#]*)/.exec(id)?.[1] ?? '');
    expect((Date.parse(time) - recorded) % DAY_MS).toBe(0);
  }
});

test('recent events stay as they are; jobs that are too old are left out', () => {
  const [event] = openb().events;
  if (!event) throw new Error('no events');
  const at = (subject: string, time: string) => ({ ...event, subject, time });
  const recent = [at('a', '2026-10-01T00:00:00.000Z')];
  expect(fitEvents(recent, NOW)).toEqual({
    events: recent,
    shifts: [{ source: 'urn:openb', days: 0 }],
    jobsLeftOut: 0,
  });
  const { events, shifts, jobsLeftOut } = fitEvents([at('old', '2020-01-01T00:00:00.000Z'), ...recent], NOW);
  expect(events.map(({ subject }) => subject)).toEqual(['a']);
  expect(shifts[0]?.days).toBe(30);
  expect(jobsLeftOut).toBe(1);
});
