import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import { shortInstants, type TestInstant } from '../clock/instants.ts';
import { createTestClock, realNow, type TestClock } from '../clock/test-clock.ts';
import { freeStackPorts, type RunningStack, run, startProgram } from './programs.ts';
import { CPU, eventsOf, gpu, type JobEvent, type Step } from './story.ts';

const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000];
const PROJECT = 'proj-1';

const calendar = createCalendar('UTC');
const months = (instant: TestInstant) => {
  const current = calendar.monthOf(instant.at);
  const ended = calendar.month(addMonths(current.id, -1));
  return { current, ended, first: calendar.month(addMonths(current.id, -2)) };
};

const job = (id: string, resources: object, steps: readonly (readonly [status: string, at: number])[]) =>
  eventsOf(
    id,
    PROJECT,
    resources,
    steps.map(([status, at]): Step => [status, new Date(at).toISOString()]),
  );

/** What the statement says, line by line. */
const linesOf = ({ lines, total }: { lines: readonly Record<string, unknown>[]; total: string }) => [
  ...lines.map(({ kind, usageMonth, flavor, minutes, amount }) =>
    [kind, usageMonth, flavor, minutes, amount].join(' '),
  ),
  total,
];

describe.each(shortInstants(realNow()))('a stack started at $name', (instant) => {
  const { current, ended, first } = months(instant);
  let clock: TestClock;
  let stack: RunningStack;
  let env: Record<string, string | undefined>;

  const jobmeter = (args: readonly string[], input?: string) => run('cli/jobmeter.ts', args, env, input);
  const json = async (...args: readonly string[]) => {
    const { stdout, stderr, code } = await jobmeter([...args, '--json']);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  const send = async (events: readonly JobEvent[]) => {
    const sent = await jobmeter(['send', '-'], events.map((event) => JSON.stringify(event)).join('\n'));
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining(`${events.length} recorded`) });
    await expect
      .poll(async () => JSON.parse((await jobmeter(['audit', '--json'])).stdout).findings, {
        timeout: 60_000,
        interval: 500,
      })
      .toEqual([]);
  };
  const statement = async (month: string) => linesOf(await json('statement', PROJECT, month));

  beforeAll(async () => {
    clock = createTestClock(instant);
    env = { ...(await freeStackPorts()), ...clock.environment };
    stack = await startProgram(env);
  });

  afterAll(async () => {
    stack?.child.kill('SIGTERM');
    await stack?.ended;
    clock.remove();
  });

  const startedAt = instant.at - 5 * MINUTE_MS;

  test('issues the statements of the two months that ended, with their usage', async () => {
    clock.moveTo(instant.at);
    await send([
      ...job('stopped', gpu(2), [
        ['RUNNING', first.start + 8 * HOUR_MS],
        ['DONE', first.start + 13 * HOUR_MS],
      ]),
      ...job('over-the-month-end', gpu(1), [
        ['RUNNING', first.end - 2 * HOUR_MS],
        ['DONE', ended.start + 3 * HOUR_MS + 30 * SECOND_MS],
      ]),
      ...job('stops-late', gpu(1), [['RUNNING', ended.end - HOUR_MS]]),
      ...job('running', CPU, [['RUNNING', startedAt]]),
    ]);
    const { closed } = await json('close', ended.id);
    expect(closed).toMatchObject([first, ended].map(({ id }) => ({ month: id, statements: 1 })));
    // (600 + 120) x 1.93 / 60 = 23.16; (181 + 60) x 1.93 / 60 = 7.752...
    expect(await statement(first.id)).toEqual([`usage ${first.id} ai1-1-gpu 420 23.16`, '23.16']);
    expect(await statement(ended.id)).toEqual([`usage ${ended.id} ai1-1-gpu 241 7.75`, '7.75']);
  });

  test('bills the current month when it has ended, with a correction of the month before', async () => {
    await send(
      job('stops-late', gpu(1), [
        ['RUNNING', ended.end - HOUR_MS],
        ['DONE', ended.end - HOUR_MS / 2],
      ]).slice(1),
    );
    // The month ends while these are sent.
    if (clock.now() < current.end - SECOND_MS) clock.moveTo(current.end - SECOND_MS);
    await send([
      ...job('last-minute', gpu(1), [
        ['RUNNING', current.end - 30 * SECOND_MS],
        ['DONE', current.end - 10 * SECOND_MS],
      ]),
      // A sign of life: without one the job counts for 7 days only.
      ...job('running', CPU, [
        ['RUNNING', startedAt],
        ['RUNNING', current.end - MINUTE_MS],
      ]).slice(1),
    ]);
    if (clock.now() < current.end) clock.moveTo(current.end);

    expect((await json('close')).closed).toMatchObject([{ month: current.id, statements: 1 }]);
    const minutes = Math.ceil((current.end - startedAt) / MINUTE_MS);
    // Two CPUs at 0.03 an hour are a tenth of a cent a minute.
    const cpu = (Math.round(minutes / 10) / 100).toFixed(2);
    // 211 minutes are 6.787..., of which 7.75 was billed.
    expect(await statement(current.id)).toEqual([
      `correction ${ended.id} ai1-1-gpu -30 -0.96`,
      `usage ${current.id} ai1-1-cpu ${minutes} ${cpu}`,
      `usage ${current.id} ai1-1-gpu 1 0.03`,
      (Number(cpu) + 0.03 - 0.96).toFixed(2),
    ]);
  });

  test('finds everything as it was billed, in an audit and in replays', async () => {
    expect(await json('audit')).toMatchObject({ jobs: 5, differences: 0 });
    for (const { id } of [first, ended, current])
      expect(await json('replay', id)).toMatchObject({ statements: 1, differences: 0 });
  });
});

// At the first of them it runs in `command-line.test.ts`.
test.each(shortInstants(realNow()).slice(1))('the demo is right at $name', async (instant) => {
  const clock = createTestClock(instant);
  const { end } = calendar.monthOf(instant.at);
  // Near the end of a month it runs over it.
  if (end - instant.at < HOUR_MS) clock.moveTo(end - 5 * SECOND_MS);
  const { code, stdout, stderr } = await run('cli/jobmeter.ts', ['demo'], clock.environment);
  clock.remove();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/all \d+ figures are as worked out by hand\n$/);
});
