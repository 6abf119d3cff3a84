import { isDeepStrictEqual } from 'node:util';
import { green, red } from '../output.ts';

/** A figure of a demo beside the one worked out by hand. */
export interface DemoCheck {
  readonly what: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly ok: boolean;
}

/** Collects the checks of a demo. */
export const createChecks = () => {
  const checks: DemoCheck[] = [];
  const check = (what: string, expected: unknown, actual: unknown) => {
    checks.push({ what, expected, actual, ok: isDeepStrictEqual(expected, actual) });
  };
  return { checks, check };
};

export type Check = ReturnType<typeof createChecks>['check'];

/** Whether all figures are right, or those that are not. */
export const verdict = (checks: readonly DemoCheck[]): string => {
  const wrong = checks.filter(({ ok }) => !ok);
  if (wrong.length === 0) return green(`all ${checks.length} figures are as worked out by hand`);
  const lines = wrong.map(
    ({ what, expected, actual }) =>
      `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
  );
  return red(lines.join('\n'));
};
