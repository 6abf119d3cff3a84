import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../lib/billing/minutes.ts';
import { addMonths, createCalendar } from '../../../lib/billing/months.ts';
import type { BillingRule, Planted } from '../../../local/ovh-stand-in/positions.ts';
import type { ScriptedJob } from '../../../local/ovh-stand-in/scripted-job.ts';

/** The project as the provider calls it, and as it is called here. */
export const PROVIDER_PROJECT = '5f2c9a1e7b3d4c6f8a0e1d2c3b4a5968';
export const PROJECT = 'proj-vision';

/** Of a minute and unit, in 10^-8 EUR, by the provider's rule of 2026-09-11. */
export const RULE: BillingRule = {
  billableStates: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
  prices: {
    'ai1-1-gpu': 3_216_667,
    'h100-1-gpu': 5_166_667,
    'ai1-1-cpu': 50_000,
    'l4-1-gpu': 1_383_333,
  },
  currency: 'EUR',
};

/** Job `n` runs on the hardware of `n % 4`: fifteen jobs on each. */
const HARDWARE = [
  { region: 'GRA', resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 } },
  { region: 'GRA', resources: { flavor: 'h100-1-gpu', gpu: 1, cpu: 28 } },
  { region: 'GRA', resources: { flavor: 'ai1-1-cpu', gpu: 0, cpu: 4 } },
  { region: 'BHS', resources: { flavor: 'l4-1-gpu', gpu: 1, cpu: 20 } },
] as const;

export const JOBS = 60;

/** The jobs whose stop is lost on its way: 5 %. */
export const LOST = [10, 25, 44] as const;

export const jobIdOf = (n: number): string =>
  `3f1c2a52-0d0b-4a5e-9a55-6b1f4f0f70${String(n).padStart(2, '0')}`;

/** Minutes that a job runs. One runs for as long as no other, so that its minutes name it. */
const minutesOf = (n: number): number => 30 + 10 * (n % 5) + (n === 4 ? 5 : n === 24 ? -5 : 0);

/** One job every ten hours from the start of the month. It waits 90 s for its image, then runs. */
const jobOf = (n: number, monthStart: number): ScriptedJob => {
  const queued = monthStart + (1 + 10 * n) * HOUR_MS;
  const running = queued + 2 * MINUTE_MS;
  const stopped = running + minutesOf(n) * MINUTE_MS + 20 * SECOND_MS;
  const isInterrupted = n % 10 === 9;
  const left = isInterrupted ? stopped + 15 * SECOND_MS : stopped;
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    ...{ id: jobIdOf(n), project: PROVIDER_PROJECT, user: n % 2 === 0 ? 'ana' : 'bob', name: `train-${n}` },
    ...(HARDWARE[n % 4] ?? HARDWARE[0]),
    labels: { team: 'vision' },
    transitions: [
      { state: 'QUEUED', date: at(queued) },
      { state: 'INITIALIZING', date: at(queued + 5 * SECOND_MS) },
      { state: 'PENDING', date: at(queued + 30 * SECOND_MS) },
      { state: 'RUNNING', date: at(running) },
      ...(isInterrupted ? [{ state: 'INTERRUPTING', date: at(stopped) } as const] : []),
      { state: 'FINALIZING', date: at(left) },
      { state: isInterrupted ? 'INTERRUPTED' : 'DONE', date: at(left + 30 * SECOND_MS) },
    ],
  };
};

/** What the provider's bill has wrong. */
export const PLANTED: readonly Planted[] = [
  { kind: 'counted twice', job: jobIdOf(4) },
  { kind: 'price', flavor: 'h100-1-gpu', price: 5_500_000 },
  { kind: 'rule', region: 'BHS', billableStates: ['RUNNING'] },
];

/**
 * Worked out by hand. A run of `m` minutes and 20 s counts `m + 2` minutes with its 90 s of PENDING,
 * `m + 3` with 15 s of INTERRUPTING too, and `m + 1` by itself. The fifteen of each hardware have
 * 750 such minutes; three on h100-1-gpu and three on l4-1-gpu are interrupted.
 */
export const EXPECTED = {
  /** Six of a job, and six that are interrupted. */
  events: 6 * JOBS + 6,
  lostEvents: 2 * LOST.length,
  lines: [
    // 3120 CPU minutes x 0.0005
    { flavor: 'ai1-1-cpu', minutes: 780, amount: '1.56' },
    // 1560 GPU minutes x 0.03216667
    { flavor: 'ai1-1-gpu', minutes: 780, amount: '50.18' },
    // 783 x 0.05166667 = 40.4550...
    { flavor: 'h100-1-gpu', minutes: 783, amount: '40.46' },
    // 783 x 0.01383333 = 10.8314...
    { flavor: 'l4-1-gpu', minutes: 783, amount: '10.83' },
  ],
  total: '103.03',
  /** 103.03 + 4.95 + 2.61 - 0.25 */
  bill: '110.34',
  differences: [
    // 77 minutes of 2 GPUs, of a run of 75 minutes.
    { row: 'GRA ai1-1-gpu', cause: 'unexplained', unitMinutes: 154, amount: '4.95' },
    // 43.07 instead of 40.46
    { row: 'GRA h100-1-gpu', cause: 'price', unitMinutes: 0, amount: '2.61' },
    // 765 minutes instead of 783
    { row: 'BHS l4-1-gpu', cause: 'billing rule', unitMinutes: -18, amount: '-0.25' },
  ],
} as const;

/** The month before `now` in UTC, and its jobs. */
export const createProviderMonth = (now: number) => {
  const calendar = createCalendar('UTC');
  const month = addMonths(calendar.monthOf(now).id, -1);
  const { start } = calendar.month(month);
  return { month, start, jobs: Array.from({ length: JOBS }, (_, n) => jobOf(n, start)) };
};
