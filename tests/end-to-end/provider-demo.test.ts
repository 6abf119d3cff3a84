import { expect, test } from 'vitest';
import { REAL_TIME } from '../../cli/api-client.ts';
import { runProviderDemo } from '../../cli/demo/provider/run.ts';

test('lost stops are repaired, and the three mistakes of the bill are found, and only these', async () => {
  const lines: string[] = [];
  const { checks, reconciliation } = await runProviderDemo((text) => lines.push(text), REAL_TIME);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks).toHaveLength(14);
  expect(lines.at(-1)).toContain('all 14 figures are as worked out by hand');
  expect(lines.join('\n')).toContain('the webhook brought 360 of 366 events');
  expect(reconciliation.total.difference.amount).toBe('7.31');
});
