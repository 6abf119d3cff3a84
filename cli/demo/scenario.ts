import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import type { Status } from '../../lib/billing/statuses.ts';

const SECOND_MS = 1000;

/** The project of the two examples of the product page. */
export const EXAMPLES_PROJECT = 'proj-examples';
const REAL_LIFE_PROJECT = 'proj-real-life';
const TEAM_PROJECT = 'proj-vision';

const gpus = (count: number) => ({ flavor: 'ai1-1-gpu', gpu: count, cpu: 13 * count });

export interface DemoJob {
  readonly jobId: string;
  readonly projectId: string;
  readonly description: string;
  /** Expected once all events are recorded. */
  readonly cost: string;
  readonly minutes: number;
}

export interface DemoEvent {
  readonly subject: string;
  readonly time: string;
  readonly [attribute: string]: unknown;
}

/** The expected content of a statement, worked out by hand. */
export interface DemoStatement {
  readonly projectId: string;
  readonly month: string;
  readonly lines: readonly { readonly flavor: string; readonly minutes: number; readonly amount: string }[];
  readonly total: string;
}

export interface Demo {
  readonly month: string;
  readonly nextMonth: string;
  readonly jobs: readonly DemoJob[];
  /** Events sent before the close of `month`. */
  readonly before: readonly DemoEvent[];
  /** Events sent after it. */
  readonly after: readonly DemoEvent[];
  readonly statements: readonly DemoStatement[];
}

/**
 * A status and when it is entered, from the start or the end of the month; with new resources, if
 * any.
 */
type Step = readonly [status: Status, afterMs: number, resources?: object];

interface Lifecycle {
  /** Stated in the first event. */
  readonly resources: object;
  readonly labels?: object;
  readonly from: 'start' | 'end';
  readonly steps: readonly Step[];
}

const startUp = (runningMs: number, resources?: object): Step[] => [
  resources ? ['QUEUED', runningMs - 3 * MINUTE_MS, resources] : ['QUEUED', runningMs - 3 * MINUTE_MS],
  ['INITIALIZING', runningMs - 2 * MINUTE_MS],
  ['PENDING', runningMs - MINUTE_MS],
  ['RUNNING', runningMs],
];

const windDown = (stoppedMs: number): Step[] => [
  ['FINALIZING', stoppedMs],
  ['DONE', stoppedMs + 30 * SECOND_MS],
];

const CPU_START = 2 * DAY_MS + 8 * HOUR_MS;
const CPU_STOP = CPU_START + 10 * DAY_MS;
const GPU_START = 5 * DAY_MS + 9 * HOUR_MS;
const FAILED_START = 7 * DAY_MS + 10 * HOUR_MS;
const FIRST_RUN = 9 * DAY_MS + 14 * HOUR_MS;
const RESTART = FIRST_RUN + 90 * MINUTE_MS + 30 * SECOND_MS;
const SECOND_RUN = RESTART + 5 * MINUTE_MS;
const TRIAL_START = 12 * DAY_MS + 9 * HOUR_MS;
const TRIAL_STOP = TRIAL_START + HOUR_MS;
const FULL_START = TRIAL_STOP + 5 * MINUTE_MS;

const JOBS: readonly (DemoJob & Lifecycle)[] = [
  {
    jobId: 'job-cpu-10-days',
    projectId: EXAMPLES_PROJECT,
    description: "the page's example 1: 2 CPUs for 10 days",
    cost: '14.40',
    minutes: 14_400,
    resources: { flavor: 'ai1-1-cpu', cpu: 2 },
    from: 'start',
    steps: [
      ...startUp(CPU_START),
      ['INTERRUPTING', CPU_STOP],
      ['FINALIZING', CPU_STOP + 10 * SECOND_MS],
      ['INTERRUPTED', CPU_STOP + 40 * SECOND_MS],
    ],
  },
  {
    jobId: 'job-gpu-5-hours',
    projectId: EXAMPLES_PROJECT,
    description: "the page's example 2: 2 GPUs for 5 hours",
    cost: '19.30',
    minutes: 300,
    resources: gpus(2),
    from: 'start',
    steps: [...startUp(GPU_START), ...windDown(GPU_START + 5 * HOUR_MS)],
  },
  {
    jobId: 'job-failed-early',
    projectId: REAL_LIFE_PROJECT,
    description: 'fails before it runs: free',
    cost: '0.00',
    minutes: 0,
    resources: gpus(1),
    from: 'start',
    steps: [
      ['QUEUED', FAILED_START],
      ['INITIALIZING', FAILED_START + MINUTE_MS],
      ['FAILED', FAILED_START + 2 * MINUTE_MS],
    ],
  },
  {
    jobId: 'job-restarted',
    projectId: REAL_LIFE_PROJECT,
    description: 'restarts by itself: 90 min 30 s, then 45 min; each commenced minute counts',
    cost: '4.37',
    minutes: 91 + 45,
    resources: gpus(1),
    from: 'start',
    steps: [
      ...startUp(FIRST_RUN),
      ['RESTARTING', RESTART],
      ...startUp(SECOND_RUN),
      ...windDown(SECOND_RUN + 45 * MINUTE_MS),
    ],
  },
  {
    jobId: 'job-other-hardware',
    projectId: TEAM_PROJECT,
    description: 'tried on 1 CPU for an hour, restarted on 8 GPUs for two; labelled by team and user',
    cost: '30.91',
    minutes: 60 + 120,
    resources: { flavor: 'ai1-1-cpu', cpu: 1 },
    labels: { team: 'vision', user: 'ana' },
    from: 'start',
    steps: [
      ...startUp(TRIAL_START),
      ['RESTARTING', TRIAL_STOP],
      ...startUp(FULL_START, gpus(8)),
      ...windDown(FULL_START + 2 * HOUR_MS),
    ],
  },
  {
    jobId: 'job-over-midnight',
    projectId: REAL_LIFE_PROJECT,
    description: 'runs over the month end: 120 min before midnight, 180 min 30 s after',
    cost: '9.68',
    minutes: 120 + 181,
    resources: gpus(1),
    from: 'end',
    steps: [...startUp(-2 * HOUR_MS), ...windDown(3 * HOUR_MS + 30 * SECOND_MS)],
  },
];

/** Statements by the month they are for, relative to the first one. */
const STATEMENTS: readonly (Omit<DemoStatement, 'month'> & { readonly of: 'month' | 'nextMonth' })[] = [
  {
    projectId: EXAMPLES_PROJECT,
    of: 'month',
    lines: [
      { flavor: 'ai1-1-cpu', minutes: 14_400, amount: '14.40' },
      { flavor: 'ai1-1-gpu', minutes: 300, amount: '19.30' },
    ],
    total: '33.70',
  },
  {
    projectId: REAL_LIFE_PROJECT,
    of: 'month',
    // (91 + 45 + 120) minutes x 1 GPU x 1.93 / 60 = 8.2346...
    lines: [{ flavor: 'ai1-1-gpu', minutes: 256, amount: '8.23' }],
    total: '8.23',
  },
  {
    projectId: TEAM_PROJECT,
    of: 'month',
    // 60 minutes x 1 CPU x 0.03 / 60, and 120 minutes x 8 GPUs x 1.93 / 60
    lines: [
      { flavor: 'ai1-1-cpu', minutes: 60, amount: '0.03' },
      { flavor: 'ai1-1-gpu', minutes: 120, amount: '30.88' },
    ],
    total: '30.91',
  },
  {
    projectId: REAL_LIFE_PROJECT,
    of: 'nextMonth',
    // 181 minutes x 1 GPU x 1.93 / 60 = 5.8221...
    lines: [{ flavor: 'ai1-1-gpu', minutes: 181, amount: '5.82' }],
    total: '5.82',
  },
];

const eventsOf = (
  { jobId, projectId, resources, labels, steps }: DemoJob & Lifecycle,
  baseMs: number,
): DemoEvent[] =>
  steps.map(([status, afterMs, restated], index) => ({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'https://demo.training.example',
    id: `${jobId}-${index + 1}`,
    subject: jobId,
    time: new Date(baseMs + afterMs).toISOString(),
    data: {
      projectId,
      status,
      ...(index === 0 ? { resources, labels } : restated && { resources: restated }),
    },
  }));

/** The scenario in the two latest ended months, so that both statements can be issued. */
export const createDemo = (now: number): Demo => {
  const calendar = createCalendar('UTC');
  const nextMonth = addMonths(calendar.monthOf(now).id, -1);
  const month = addMonths(nextMonth, -1);
  const base = calendar.month(month);
  const events = JOBS.flatMap((job) => eventsOf(job, base[job.from]));
  const months = { month, nextMonth };
  return {
    ...months,
    jobs: JOBS,
    before: events.filter(({ time }) => Date.parse(time) < base.end),
    after: events.filter(({ time }) => Date.parse(time) >= base.end),
    statements: STATEMENTS.map(({ of, ...statement }) => ({ ...statement, month: months[of] })),
  };
};

/** Every event twice, shuffled with a fixed seed. */
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
