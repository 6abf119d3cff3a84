import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import type { TestStack } from '../end-to-end/stack.ts';
import { CPU, eventsOf, gpu, type JobEvent, retractionOf, type Step, sendAll } from '../end-to-end/story.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Of the default tariff: how long a job counts without a sign of life. */
const MAX_SILENCE_MS = 7 * DAY_MS;

/** As long as an id may be, without a place to break at. */
const longest = (id: string) => id.padEnd(128, 'x');

/**
 * A project with two closed months and the current one, one with unbilled charges and a long id, and
 * an empty one.
 */
export const PROJECT = 'vision-lab';
export const TROUBLED = longest('edge-cases');
export const EMPTY = 'brand-new';

/**
 * The job with the highest cost of the last month: 8 GPUs for 2 days, 12 hours, 20 minutes and 21
 * seconds.
 */
export const DEAREST = 'train-llm-7b';
export const RESTARTED = 'train-segmenter';
/** Half a GPU for an hour, then one and a half for 90 minutes. */
export const RESIZED = 'explore-sparsity';
export const RUNNING = 'train-llm-13b';
/** Billed in the month before last; its run was taken back after that, and credited. */
export const RETRACTED = 'baseline-eval';
/** Ends of the last month that are no success, with what they cost. */
export const FAILED = { jobId: 'Crash-Loop-Depth', cost: 38.6 };
export const INTERRUPTED = { jobId: longest('preempted-sweep'), cost: 27.02 };
/** A job of the last month that was reported after its statement, with its cost. */
export const LATE = { jobId: 'late-report', cost: 0.6 };
/** Running without a sign of life for more than a day, but counted. */
export const SILENT = 'gone-quiet';
/** Held: without a sign of life for longer than the tariff allows. */
export const HELD = longest('never-stopped');
/** Runs on a flavor that no tariff prices. */
export const UNRATED = 'new-flavor';

/** As long as the key and the value of a label may be. */
const LONG_LABELS = { [`team${'y'.repeat(59)}`]: 'z'.repeat(128) };

/** The address of a job's page. */
export const jobAddress = (jobId: string, projectId = PROJECT) => `#/projects/${projectId}/jobs/${jobId}`;

const iso = (time: number) => new Date(time).toISOString();

/** States the labels with the first event of a job. */
const labeled = (labels: object, events: readonly JobEvent[]): JobEvent[] =>
  events.map((event, index) => (index === 0 ? { ...event, data: { ...Object(event.data), labels } } : event));

/** Statuses from QUEUED to RUNNING at `start`. */
const startUp = (start: number): Step[] => [
  ['QUEUED', iso(start - 94_000)],
  ['INITIALIZING', iso(start - 61_500)],
  ['PENDING', iso(start - 12_250)],
  ['RUNNING', iso(start)],
];

const windDown = (end: number): Step[] => [
  ['FINALIZING', iso(end)],
  ['DONE', iso(end + 41_000)],
];

const endedAs = (status: string, start: number, ms: number): Step[] => [
  ...startUp(start),
  [status, iso(start + ms)],
];

const ranFor = (start: number, ms: number): Step[] => [...startUp(start), ...windDown(start + ms)];

const at = (monthStart: number, day: number, hour: number, minute = 0, second = 0) =>
  monthStart + (day - 1) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * 1000;

const restarted = (start: number): Step[] => [
  ...startUp(start),
  ['RESTARTING', iso(start + 3 * HOUR_MS + 12_500)],
  ['INITIALIZING', iso(start + 3 * HOUR_MS + 40_000)],
  ['PENDING', iso(start + 3 * HOUR_MS + 95_000)],
  ['RUNNING', iso(start + 3 * HOUR_MS + 130_000)],
  ...windDown(start + 9 * HOUR_MS + 77_000),
];

const resized = (start: number): JobEvent[] => {
  const events = eventsOf(RESIZED, PROJECT, { flavor: 'ai1-1-gpu', gpu: 0.5, cpu: 6 }, [
    ...startUp(start),
    ['RUNNING', iso(start + HOUR_MS)],
    ...windDown(start + HOUR_MS + 90 * MINUTE_MS),
  ]);
  const stated: Readonly<Record<string, object>> = {
    [`${RESIZED}-1`]: { labels: { team: 'vision', experiment: 'sparse' }, timeout: 'P2D' },
    [`${RESIZED}-5`]: { resources: { flavor: 'ai1-1-gpu', gpu: 1.5, cpu: 18 } },
  };
  return events.map((event) => ({ ...event, data: { ...Object(event.data), ...stated[event.id] } }));
};

/** A small job each day, of lengths that differ from day to day. */
const everyDay = (monthStart: number, days: number): JobEvent[] =>
  Array.from({ length: days }, (_, index) => index + 1).flatMap((day) => [
    ...eventsOf(
      `prepare-shards-${iso(monthStart).slice(0, 7)}-${String(day).padStart(2, '0')}`,
      PROJECT,
      { flavor: 'ai1-1-cpu', cpu: 256 },
      ranFor(at(monthStart, day, 2), (3 + ((day * 5) % 7)) * HOUR_MS + day * 7_000),
    ),
    ...(day % 3 === 1
      ? eventsOf(
          `finetune-detector-${iso(monthStart).slice(0, 7)}-${String(day).padStart(2, '0')}`,
          PROJECT,
          gpu(1 + (day % 4)),
          ranFor(at(monthStart, day, 9, 12, 7), (2 + ((day * 3) % 5)) * HOUR_MS + day * 11_000),
        )
      : []),
  ]);

/**
 * Plays the story on a stack, closes included. The current month has jobs up to yesterday and
 * running ones.
 */
export const playStory = async (stack: TestStack, now: number) => {
  const calendar = createCalendar('UTC');
  const current = calendar.monthOf(now);
  const lastMonth = addMonths(current.id, -1);
  const monthBefore = addMonths(current.id, -2);
  const last = calendar.month(lastMonth).start;
  const before = calendar.month(monthBefore).start;
  /** Not before the month: what is learned of a closed month would be another story. */
  const ago = (ms: number) => Math.max(now - ms, current.start);

  await sendAll(stack, [
    ...everyDay(before, 12),
    ...eventsOf(RETRACTED, PROJECT, CPU, ranFor(at(before, 3, 8), 10 * DAY_MS)),
  ]);
  await stack.close(monthBefore);
  await sendAll(stack, [
    retractionOf(RETRACTED, PROJECT, 4, iso(at(last, 2, 9))),
    ...everyDay(last, 27),
    ...eventsOf(
      DEAREST,
      PROJECT,
      gpu(8),
      ranFor(at(last, 14, 19, 3, 10), 2 * DAY_MS + 12 * HOUR_MS + 20 * MINUTE_MS + 21_000),
    ),
    ...eventsOf(RESTARTED, PROJECT, gpu(4), restarted(at(last, 21, 7, 30))),
    ...resized(at(last, 22, 10)),
    ...eventsOf(FAILED.jobId, PROJECT, gpu(4), endedAs('FAILED', at(last, 9, 6), 5 * HOUR_MS)),
    ...labeled(
      LONG_LABELS,
      eventsOf(INTERRUPTED.jobId, PROJECT, gpu(2), endedAs('INTERRUPTED', at(last, 11, 20), 7 * HOUR_MS)),
    ),
  ]);
  await stack.close(lastMonth);
  /** When the one without a stop reaches the limit: in this month. */
  const stoppedCounting = ago(2 * DAY_MS) + MINUTE_MS;
  const daysPassed = Math.floor((now - current.start) / DAY_MS);
  await sendAll(stack, [
    ...everyDay(current.start, daysPassed),
    ...(daysPassed > 9
      ? eventsOf('train-depth', PROJECT, gpu(8), ranFor(at(current.start, 6, 11), 31 * HOUR_MS + 9_000))
      : []),
    // Its next minute commences a few seconds after the story was played.
    ...eventsOf(RUNNING, PROJECT, gpu(8), startUp(ago(26 * HOUR_MS + 13 * MINUTE_MS + 40_000))),
    ...eventsOf('sweep-learning-rate', PROJECT, gpu(2), startUp(ago(97 * MINUTE_MS + 15_000))),
    ...eventsOf(
      'embed-corpus',
      PROJECT,
      { flavor: 'ai1-1-cpu', cpu: 64 },
      startUp(ago(38 * MINUTE_MS + 2_000)),
    ),
    ...eventsOf(LATE.jobId, PROJECT, CPU, ranFor(at(last, 25, 3), 10 * HOUR_MS)),
    ...eventsOf(LATE.jobId, TROUBLED, CPU, ranFor(at(last, 25, 3), 10 * HOUR_MS)),
    ...eventsOf(SILENT, TROUBLED, gpu(1), startUp(now - 30 * HOUR_MS)),
    ...labeled(LONG_LABELS, eventsOf(HELD, TROUBLED, gpu(1), startUp(stoppedCounting - MAX_SILENCE_MS))),
    ...eventsOf(UNRATED, TROUBLED, { flavor: 'ai2-h100', gpu: 2, cpu: 30 }, startUp(ago(50 * MINUTE_MS))),
  ]);
  return { current: current.id, lastMonth, monthBefore };
};

/** One more running job, whose next minute commences some seconds from now. */
export const startJob = (stack: TestStack, jobId: string, now: number): Promise<unknown> =>
  sendAll(stack, eventsOf(jobId, PROJECT, gpu(8), startUp(now - 48_000)));

export type Told = Awaited<ReturnType<typeof playStory>>;
