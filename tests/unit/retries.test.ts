import { expect, test } from 'vitest';
import { createRetries } from '../../local/retries.ts';

/** Retries whose calls give these outcomes, one after the other. */
const retriesOf = (...outcomes: readonly (() => unknown)[]) => {
  const all = Promise.withResolvers<void>();
  let calls = 0;
  const retries = createRetries(async () => {
    const outcome = outcomes[calls++]?.();
    if (calls === outcomes.length) all.resolve();
    return outcome;
  }, 1);
  return { retries, all: all.promise, calls: () => calls };
};

test('retries run while something is not delivered, or cannot be called, and then no more', async () => {
  const { retries, all, calls } = retriesOf(
    () => ({ failing: 2 }),
    () => {
      throw new Error('it restarts');
    },
    () => ({ failing: 0 }),
  );
  retries.wake();
  retries.wake();
  await all;
  await retries.stop();
  expect(calls()).toBe(3);
});

test('what fails while the last retry runs wakes another', async () => {
  const { retries, all, calls } = retriesOf(
    () => {
      retries.wake();
      return { failing: 0 };
    },
    () => ({ failing: 0 }),
  );
  retries.wake();
  await all;
  await retries.stop();
  expect(calls()).toBe(2);
});

test('stopped retries call nothing any more', async () => {
  const { retries, calls } = retriesOf(() => ({ failing: 1 }));
  retries.wake();
  await retries.stop();
  expect(calls()).toBe(0);
});
