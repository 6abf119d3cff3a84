import { expect, test } from 'vitest';
import {
  type Attempt,
  PATIENCE_MS,
  type Setback,
  tryPatiently,
  type Waiting,
  waitingText,
} from '../../../cli/patience.ts';
import { refusalOf } from '../http/refused.ts';
import { createClock } from './clock.ts';

const BUSY: Setback = { failed: 'the table is busy', advice: 'try again later' };

/** Attempts with these outcomes, the last one for ever, and when each was made. */
const attempting = (clock: ReturnType<typeof createClock>, ...outcomes: readonly (Setback | 'done')[]) => {
  const startedAt = clock.now();
  const madeAt: number[] = [];
  const attempt = async (): Promise<Attempt<string>> => {
    const outcome = outcomes[Math.min(madeAt.length, outcomes.length - 1)] ?? 'done';
    madeAt.push(clock.now() - startedAt);
    return outcome === 'done' ? { done: 'done' } : { setback: outcome };
  };
  return { attempt, madeAt };
};

test('a call that succeeds at once has no pause', async () => {
  const clock = createClock();
  const { attempt, madeAt } = attempting(clock, 'done');
  expect(await tryPatiently(attempt, clock)).toBe('done');
  expect({ madeAt, pauses: clock.pauses }).toEqual({ madeAt: [0], pauses: [] });
});

test('a call that fails is repeated with pauses that double up to five seconds', async () => {
  const clock = createClock();
  const { attempt } = attempting(clock, ...Array(9).fill(BUSY), 'done');
  expect(await tryPatiently(attempt, clock)).toBe('done');
  expect(clock.pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
});

test('the last attempt is made a minute after the first failure, however long that one took', async () => {
  const clock = createClock();
  const { attempt, madeAt } = attempting(clock, BUSY);
  const slowly = async () => {
    if (madeAt.length === 0) clock.advance(20_000);
    return attempt();
  };
  const { code, message } = await refusalOf(() => tryPatiently(slowly, clock));
  expect({ code, message }).toEqual({
    code: 'unavailable',
    message: 'the table is busy after 60 s of trying: try again later',
  });
  expect(madeAt.at(-1)).toBe(20_000 + PATIENCE_MS);
});

test('each pause is announced with the time that is left', async () => {
  const clock = createClock();
  const waits: Waiting[] = [];
  const slow = { ...BUSY, pauseMs: 12_000 };
  const { attempt } = attempting(clock, slow, slow, 'done');
  await tryPatiently(attempt, { ...clock, onWait: (waiting) => waits.push(waiting) });
  expect(waits.map(waitingText)).toEqual([
    'the table is busy, trying again for up to 60 s',
    'the table is busy, trying again for up to 48 s',
  ]);
  expect(waits.map(({ waitedMs }) => waitedMs)).toEqual([0, 12_000]);
});

test('the pause of a retry-after is kept, unless the growing one is longer', async () => {
  const clock = createClock();
  const asking = { ...BUSY, pauseMs: 1_000 };
  const { attempt } = attempting(clock, ...Array(6).fill(asking), 'done');
  await tryPatiently(attempt, clock);
  expect(clock.pauses).toEqual([1000, 1000, 1000, 1000, 1600, 3200]);
});

test('a pause that outlasts the patience is not begun', async () => {
  const clock = createClock();
  const { attempt } = attempting(clock, { ...BUSY, pauseMs: PATIENCE_MS + 1 }, 'done');
  const { message } = await refusalOf(() => tryPatiently(attempt, clock));
  expect(message).toBe('the table is busy: try again later');
  expect(clock.pauses).toEqual([]);
});

test('a failure may have a patience of its own, and it counts from the first failure of any kind', async () => {
  const clock = createClock();
  const brief = { ...BUSY, patienceMs: 3_000 };
  const { attempt, madeAt } = attempting(clock, BUSY, BUSY, brief);
  await refusalOf(() => tryPatiently(attempt, clock));
  expect(madeAt).toEqual([0, 100, 300, 700, 1500, 3000]);
});

test('a failure that cannot pass ends it at once', async () => {
  const clock = createClock();
  const { attempt, madeAt } = attempting(clock, { ...BUSY, patienceMs: 0 }, 'done');
  const { message } = await refusalOf(() => tryPatiently(attempt, clock));
  expect(message).toBe('the table is busy: try again later');
  expect(madeAt).toEqual([0]);
});

test('an error that cannot be retried is thrown at once', async () => {
  const broken = new Error('broken');
  await expect(tryPatiently(() => Promise.reject(broken), createClock())).rejects.toBe(broken);
});
