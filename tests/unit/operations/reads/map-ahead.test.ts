import { expect, test } from 'vitest';
import { mapAhead } from '../../../../lib/operations/reads/map-ahead.ts';

async function* numbers(count: number) {
  for (let number = 0; number < count; number += 1) yield number;
}

/** A mapping that counts how many run at once; earlier items take longer. */
const createSlow = () => {
  let running = 0;
  const seen = { most: 0 };
  const map = async (number: number) => {
    running += 1;
    seen.most = Math.max(seen.most, running);
    for (let turn = number; turn < 30; turn += 1) await Promise.resolve();
    running -= 1;
    return -number;
  };
  return { map, seen };
};

test.each([1, 3, 10, 100])('%i at a time, in the order of the items', async (ahead) => {
  const { map, seen } = createSlow();
  expect(await Array.fromAsync(mapAhead(numbers(10), ahead, map))).toEqual(
    [...Array(10).keys()].map((number) => -number),
  );
  expect(seen.most).toBe(Math.min(ahead, 10));
});

test('a failure reaches the reader at its item, also if a later one has failed before', async () => {
  const read: number[] = [];
  const reading = async () => {
    const mapped = mapAhead(numbers(10), 5, async (number) => {
      if (number >= 3) throw new Error(`number ${number}`);
      return number;
    });
    for await (const number of mapped) read.push(number);
  };
  await expect(reading()).rejects.toThrow('number 3');
  expect(read).toEqual([0, 1, 2]);
});
