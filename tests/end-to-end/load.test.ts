import { expect, test } from 'vitest';
import { run } from './programs.ts';

/** Far beyond what it takes: the program ends itself before. */
const LIMIT_MS = 1_200_000;

const figuresOf = async (...options: readonly string[]) => {
  const { code, stdout, stderr } = await run('tests/load/load.ts', [...options, '--json']);
  return { code, stderr, figures: stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>) };
};

test(
  'nothing is lost and no cent is wrong after database, functions, trigger and a close were killed',
  async () => {
    const { code, stderr, figures } = await figuresOf(
      ...['--minutes', '0.3', '--rate', '12', '--kills', '1', '--seed', '1'],
    );
    expect(figures, stderr).toMatchObject({
      ...{ lostEvents: 0, wrongCharges: 0, wrongLines: 0, changedStatements: 0 },
      ...{ auditDifferences: 0, replayDifferences: 0, differences: [] },
      kills: { database: 1, functions: 1, trigger: 1 },
    });
    expect(figures.acceptedEvents).toBeGreaterThan(200);
    expect(figures.duplicates).toBeGreaterThan(0);
    expect(code).toBe(0);
  },
  LIMIT_MS,
);

test('an option that is no number is refused', async () => {
  const { code, stderr } = await figuresOf('--minutes', 'some');
  expect(code).toBe(2);
  expect(stderr).toContain('must be a number above 0');
});
