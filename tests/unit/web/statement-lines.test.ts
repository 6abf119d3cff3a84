import { expect, test } from 'vitest';
import type { Line } from '../../../lib/shapes/line.ts';
import { lineCalculation } from '../../../web/statement-lines.ts';

const line: Line = {
  flavor: 'ai1-1-gpu',
  unit: 'gpu',
  usageMonth: '2026-10',
  kind: 'correction',
  minutes: 61,
  unitMinutes: 6.1,
  pricePerHour: '1.93',
  amount: '0.20',
  currency: 'EUR',
  cumulativeUnitMinutes: 67.831,
};

test('a line is calculated from thousandths of unit minutes', () => {
  // 67.831 x 1.93 = 130.91383, and a sixtieth of it is 2.1818…
  expect(lineCalculation(line)).toEqual({ times60: '130.91383', rounded: '2.18', earlier: '1.98' });
});
