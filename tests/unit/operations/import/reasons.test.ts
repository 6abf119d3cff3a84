import { expect, test } from 'vitest';
import { createReasons } from '../../../../lib/operations/import/reasons.ts';

test('a reason that quotes a file sends no escape sequence to a terminal, and is not too long', () => {
  const reasons = createReasons();
  reasons.add('AllocTRES has gres/gpu:\u001b[31mred=x\u009b', 'line 2');
  reasons.add(`State "${'A'.repeat(100_000)}" is not translated`, 'line 3');
  reasons.add(`State "${'A'.repeat(100_001)}" is not translated`, 'line 4');
  expect(reasons.result()).toEqual([
    { reason: `State "${'A'.repeat(293)}…`, count: 2, first: ['line 3', 'line 4'] },
    { reason: 'AllocTRES has gres/gpu:\u{fffd}[31mred=x\u{fffd}', count: 1, first: ['line 2'] },
  ]);
});
