import { expect, test } from 'vitest';
import { readLocalSettings } from '../../local/settings.ts';

test('facts of the local stack do not wait for further ones, unless it is asked for', () => {
  expect(readLocalSettings({}).batchWindowMs).toBe(0);
  expect(readLocalSettings({ BATCH_WINDOW: '1' }).batchWindowMs).toBe(1_000);
  expect(readLocalSettings({ BATCH_WINDOW: '300' }).batchWindowMs).toBe(300_000);
});

test.each(['-1', '301', '1.5', '1s'])('a batch window of %j is refused in one line', (BATCH_WINDOW) => {
  expect(() => readLocalSettings({ BATCH_WINDOW })).toThrow(
    `The environment cannot be used: BATCH_WINDOW must be whole seconds from 0 to 300, not "${BATCH_WINDOW}"`,
  );
});
