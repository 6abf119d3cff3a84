import { expect, test } from 'vitest';
import { closestNames } from '../../../web/closest.ts';

const NAMES = ['vision-lab', 'vision-labs', 'speech', 'edge-cases', 'Nightly'];

test.each([
  ['vision-lap', ['vision-lab', 'vision-labs']],
  ['speach', ['speech']],
  ['VISION-LAB', ['vision-lab', 'vision-labs']],
  ['night', ['Nightly']],
  ['zzz', []],
])('%s may be %j', (mistyped, names) => {
  expect(closestNames(mistyped, NAMES)).toEqual(names);
});
