import { expect, test } from 'vitest';
import { freePorts } from '../../local/free-ports.ts';

test('no worker of a test run finds a port that another has found, and not used yet', async () => {
  const [one, other] = [await freePorts(40, 1), await freePorts(40, 2)];
  expect(new Set(one).size).toBe(40);
  expect(Math.max(...one)).toBeLessThan(Math.min(...other));
});
