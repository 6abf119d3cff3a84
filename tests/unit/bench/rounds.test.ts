import { expect, test } from 'vitest';
import { interleave, median, medians } from '../../../bench/rounds.ts';

test('the median is the one in the middle, or between the two in the middle', () => {
  expect(median([5, 1, 100])).toBe(5);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(() => median([])).toThrow();
});

test('contenders take turns, each goes first as often, and the first round does not count', async () => {
  const turns: string[] = [];
  const contender = (name: string) => async (round: number) => {
    turns.push(`${name}${round}`);
    return round;
  };
  const measured = await interleave(3, { a: contender('a'), b: contender('b') }, () => {});
  expect(turns).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2', 'b3', 'a3']);
  expect(measured).toEqual({ a: [1, 2, 3], b: [1, 2, 3] });
  expect(medians(measured)).toEqual({ a: 2, b: 2 });
});
