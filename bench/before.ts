/** A figure of the last release: what was measured, or its ratio to the floor. */
export interface Before {
  readonly of: 'measured' | 'ratio';
  readonly value: number;
}

/** The state of the code that was measured, and how. */
export const MEASURED_BEFORE = 'commit c32bb2e (version 0.1.0)';

/**
 * The figures that are compared with the last release, by a name that stays. One without a value
 * could not be measured then: what it measures did not exist.
 */
export const BEFORE = {
  'write units a job, in order': { of: 'measured', value: 9 },
  'write units a job, disorder': { of: 'measured', value: 9.35 },
  'read units a job, warm': { of: 'measured', value: 11 },
  'close write units a charge, many projects': { of: 'measured', value: 1.06 },
  'close read units a charge, many projects': { of: 'measured', value: 0.4 },
  'close write units a charge, one project': { of: 'measured', value: 1 },
  'close read units a charge, one project': { of: 'measured', value: 0.35 },
  'read units of usage': { of: 'measured', value: 13_929 },
  'read units of usage by label': { of: 'measured', value: 13_929 },
  'read units of jobs by cost': { of: 'measured', value: 14_027 },
  'billing over sums': { of: 'ratio', value: 13.8 },
  'USD a million jobs, HTTP API': { of: 'measured', value: 21.45 },
  'USD a million jobs, function URL': undefined,
  'USD a million jobs, batches': { of: 'measured', value: 9 },
} as const satisfies Readonly<Record<string, Before | undefined>>;

export type FigureName = keyof typeof BEFORE;
