import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import type { Status } from '../../lib/billing/statuses.ts';

const SECOND_MS = 1000;

/** The project that runs the product page's two examples, and the one with what real life adds. */
export const EXAMPLES_PROJECT = 'proj-examples';
export const REAL_LIFE_PROJECT = 'proj-real-life';

const CPU = { flavor: 'ai1-1-cpu', cpu: 2 };
const gpu = (count: number) => ({ flavor: 'ai1-1-gpu', gpu: count, cpu: 13 * count });

export interface DemoJob {
  readonly jobId: string;
  readonly projectId: string;
  readonly story: string;
  /** What the demo expects the job to cost once all is told. */
  readonly cost: string;
  readonly minutes: number;
}

export interface DemoEvent {
  readonly subject: string;
  readonly time: string;
  readonly [attribute: string]: unknown;
}

export interface Demo {
  readonly month: string;
  readonly nextMonth: string;
  readonly jobs: readonly DemoJob[];
  /** Events up to the close of `month`, and those that arrive after it. */
  readonly before: readonly DemoEvent[];
  readonly after: readonly DemoEvent[];
  /** What each statement must say, worked out by hand. */
  readonly statements: readonly {
    readonly projectId: string;
    readonly month: string;
    readonly lines: readonly { readonly flavor: string; readonly minutes: number; readonly amount: string }[];
    readonly total: string;
  }[];
}

type Step = readonly [status: Status, atMs: number];

/** Two months that have ended, whatever today is, so that the second statement can be issued too. */
export const createDemo = (now: number): Demo => {
  const calendar = createCalendar('UTC');
  const nextMonth = addMonths(calendar.monthOf(now).id, -1);
  const month = addMonths(nextMonth, -1);
  const { start, end } = calendar.month(month);

  const tell = (jobId: string, projectId: string, resources: object, steps: readonly Step[]): DemoEvent[] =>
    steps.map(([status, atMs], index) => ({
      specversion: '1.0',
      type: 'training.job.status',
      source: 'https://demo.training.example',
      id: `${jobId}-${index + 1}`,
      subject: jobId,
      time: new Date(atMs).toISOString(),
      data: { projectId, status, ...(status === 'QUEUED' && { resources }) },
    }));

  /** From QUEUED until just before RUNNING at `runningMs`. */
  const startUp = (runningMs: number): Step[] => [
    ['QUEUED', runningMs - 3 * MINUTE_MS],
    ['INITIALIZING', runningMs - 2 * MINUTE_MS],
    ['PENDING', runningMs - MINUTE_MS],
    ['RUNNING', runningMs],
  ];
  const windDown = (stoppedMs: number): Step[] => [
    ['FINALIZING', stoppedMs],
    ['DONE', stoppedMs + 30 * SECOND_MS],
  ];

  const cpuStart = start + 2 * DAY_MS + 8 * HOUR_MS;
  const gpuStart = start + 5 * DAY_MS + 9 * HOUR_MS;
  const failStart = start + 7 * DAY_MS + 10 * HOUR_MS;
  const restartStart = start + 9 * DAY_MS + 14 * HOUR_MS;
  const restarted = restartStart + 90 * MINUTE_MS + 30 * SECOND_MS;
  const secondRun = restarted + 5 * MINUTE_MS;
  const crossStart = end - 2 * HOUR_MS;
  const crossStop = end + 3 * HOUR_MS + 30 * SECOND_MS;

  const cross = tell('job-over-midnight', REAL_LIFE_PROJECT, gpu(1), [
    ...startUp(crossStart),
    ...windDown(crossStop),
  ]);

  return {
    month,
    nextMonth,
    jobs: [
      {
        jobId: 'job-cpu-10-days',
        projectId: EXAMPLES_PROJECT,
        story: "the page's example 1: 2 CPUs for 10 days",
        cost: '14.40',
        minutes: 14_400,
      },
      {
        jobId: 'job-gpu-5-hours',
        projectId: EXAMPLES_PROJECT,
        story: "the page's example 2: 2 GPUs for 5 hours",
        cost: '19.30',
        minutes: 300,
      },
      {
        jobId: 'job-failed-early',
        projectId: REAL_LIFE_PROJECT,
        story: 'fails before it runs: free',
        cost: '0.00',
        minutes: 0,
      },
      {
        jobId: 'job-restarted',
        projectId: REAL_LIFE_PROJECT,
        story: 'restarts by itself: 90 min 30 s, then 45 min; each commenced minute counts',
        cost: '4.37',
        minutes: 91 + 45,
      },
      {
        jobId: 'job-over-midnight',
        projectId: REAL_LIFE_PROJECT,
        story: 'runs over the month end: 120 min before midnight, 180 min 30 s after',
        cost: '9.68',
        minutes: 120 + 181,
      },
    ],
    before: [
      ...tell('job-cpu-10-days', EXAMPLES_PROJECT, CPU, [
        ...startUp(cpuStart),
        ['INTERRUPTING', cpuStart + 10 * DAY_MS],
        ['FINALIZING', cpuStart + 10 * DAY_MS + 10 * SECOND_MS],
        ['INTERRUPTED', cpuStart + 10 * DAY_MS + 40 * SECOND_MS],
      ]),
      ...tell('job-gpu-5-hours', EXAMPLES_PROJECT, gpu(2), [
        ...startUp(gpuStart),
        ...windDown(gpuStart + 5 * HOUR_MS),
      ]),
      ...tell('job-failed-early', REAL_LIFE_PROJECT, gpu(1), [
        ['QUEUED', failStart],
        ['INITIALIZING', failStart + MINUTE_MS],
        ['FAILED', failStart + 2 * MINUTE_MS],
      ]),
      ...tell('job-restarted', REAL_LIFE_PROJECT, gpu(1), [
        ...startUp(restartStart),
        ['RESTARTING', restarted],
        ...startUp(secondRun),
        ...windDown(secondRun + 45 * MINUTE_MS),
      ]),
      ...cross.filter(({ time }) => Date.parse(time) < end),
    ],
    after: cross.filter(({ time }) => Date.parse(time) >= end),
    statements: [
      {
        projectId: EXAMPLES_PROJECT,
        month,
        lines: [
          { flavor: 'ai1-1-cpu', minutes: 14_400, amount: '14.40' },
          { flavor: 'ai1-1-gpu', minutes: 300, amount: '19.30' },
        ],
        total: '33.70',
      },
      {
        projectId: REAL_LIFE_PROJECT,
        month,
        // (91 + 45 + 120) minutes x 1 GPU x 1.93 / 60 = 8.2346...
        lines: [{ flavor: 'ai1-1-gpu', minutes: 256, amount: '8.23' }],
        total: '8.23',
      },
      {
        projectId: REAL_LIFE_PROJECT,
        month: nextMonth,
        // 181 minutes x 1 GPU x 1.93 / 60 = 5.8221...
        lines: [{ flavor: 'ai1-1-gpu', minutes: 181, amount: '5.82' }],
        total: '5.82',
      },
    ],
  };
};

/** Every event twice, in an order that has nothing to do with their times: the same one each time the demo runs. */
export const twiceAndShuffled = (events: readonly DemoEvent[]): DemoEvent[] => {
  const deck = [...events, ...events];
  let state = 42;
  for (let last = deck.length - 1; last > 0; last -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (last + 1);
    const [a, b] = [deck[last], deck[other]];
    if (a && b) [deck[last], deck[other]] = [b, a];
  }
  return deck;
};
