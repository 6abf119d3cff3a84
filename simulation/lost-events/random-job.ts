import type { JobState, StateChange } from '../../local/ovh-stand-in/api-model.ts';
import type { ScriptedJob } from '../../local/ovh-stand-in/scripted-job.ts';
import type { Random } from '../random.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MICROS = 1000;

type OneOf<T> = readonly [T, ...T[]];

interface UnitOfFlavor {
  readonly flavor: string;
  readonly gpu: number;
  readonly cpu: number;
  /** Units of a job. */
  readonly most: number;
}

const FLAVORS: OneOf<UnitOfFlavor> = [
  { flavor: 'ai1-1-cpu', gpu: 0, cpu: 1, most: 12 },
  { flavor: 'ai1-1-gpu', gpu: 1, cpu: 13, most: 4 },
  { flavor: 'l4-1-gpu', gpu: 1, cpu: 20, most: 4 },
  { flavor: 'h100-1-gpu', gpu: 1, cpu: 28, most: 4 },
];

/** How a run ends. */
type Ending = 'done' | 'failed' | 'killed' | 'timeout' | 'evicted';

const ENDS: Readonly<Record<Ending, OneOf<OneOf<JobState>>>> = {
  done: [['FINALIZING', 'DONE'], ['DONE']],
  failed: [['FINALIZING', 'FAILED'], ['FAILED'], ['ERROR']],
  killed: [
    ['INTERRUPTING', 'INTERRUPTED'],
    ['INTERRUPTING', 'FINALIZING', 'INTERRUPTED'],
  ],
  timeout: [
    ['TIMEOUT', 'FINALIZING', 'INTERRUPTED'],
    ['TIMEOUT', 'INTERRUPTING', 'INTERRUPTED'],
  ],
  evicted: [['INTERRUPTING', 'FINALIZING']],
};

const uuidOf = (random: Random): string => {
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => random.integer(0, 15).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
};

/** RFC 3339 of epoch microseconds: with 6 fractional digits, or none where they are zero. */
const dateOf = (micros: number): string => {
  const [seconds = ''] = new Date(Math.floor(micros / MICROS)).toISOString().split('.');
  const digits = micros % 1_000_000;
  return digits === 0 ? `${seconds}Z` : `${seconds}.${String(digits).padStart(6, '0')}Z`;
};

/** Mostly minutes or hours, some of weeks. */
const durationOf = (random: Random): number => {
  if (random.chance(0.06)) return random.integer(DAY, 25 * DAY);
  const most = random.oneOf([10 * MINUTE, 5 * HOUR, DAY]);
  return random.integer(SECOND, most);
};

/** The state changes of a job, in milliseconds with a fraction. */
const createTimeline = (random: Random, start: number) => {
  const changes: { state: JobState; at: number }[] = [];
  let at = start;
  const enter = (state: JobState, afterMs: number) => {
    at += afterMs;
    changes.push({ state, at });
  };
  return {
    changes,
    enter,
    enterAll: (states: readonly JobState[], mostMs: number) => {
      // The provider has had equal dates of consecutive states.
      for (const state of states) enter(state, random.chance(0.1) ? 0 : random.integer(1, mostMs));
    },
  };
};

const timeoutOf = (random: Random): number | undefined =>
  random.chance(0.4) ? random.oneOf([3600, 6 * 3600, 86_400, 7 * 86_400]) : undefined;

interface Limits {
  readonly timeoutMs: number;
  readonly autoRestart: boolean;
}

const endingOf = (random: Random, isTimeout: boolean, isLast: boolean): Ending => {
  if (isTimeout) return 'timeout';
  return isLast ? random.oneOf(['done', 'done', 'failed', 'killed']) : random.oneOf(['done', 'evicted']);
};

/** One to four runs: restarted by the provider, or by hand after the end. */
const changesOf = (random: Random, start: number, { timeoutMs, autoRestart }: Limits) => {
  const { changes, enter, enterAll } = createTimeline(random, start);
  const runs = random.chance(0.2) ? random.integer(2, 4) : 1;
  enter('QUEUED', 0);
  for (let run = 1; run <= runs; run += 1) {
    enterAll(
      random.oneOf([['INITIALIZING'], ['INITIALIZING', 'PENDING']]),
      random.oneOf([500, MINUTE, HOUR]),
    );
    if (random.chance(0.08)) {
      enter(random.oneOf(['FAILED', 'ERROR', 'INTERRUPTED']), random.integer(1, HOUR));
      break;
    }
    const duration = durationOf(random);
    const isTimeout = duration >= timeoutMs;
    const isLast = run === runs || (isTimeout && !autoRestart);
    const ending = endingOf(random, isTimeout, isLast);
    const isRestarted = !isLast && ending !== 'done';
    enter('RUNNING', random.integer(1, 5 * MINUTE));
    const [stop, ...rest] = random.oneOf(ENDS[ending]);
    enter(stop, Math.min(duration, timeoutMs));
    enterAll(isRestarted ? rest.filter((state) => state !== 'INTERRUPTED') : rest, 2 * MINUTE);
    if (isLast) break;
    if (isRestarted) enter('RESTARTING', random.integer(1, MINUTE));
    enter('QUEUED', isRestarted ? random.integer(0, 500) : random.integer(MINUTE, 3 * DAY));
  }
  return changes;
};

/** A job of any shape that the provider documents, begun between two instants. */
export const randomJob = (
  random: Random,
  projects: readonly [string, ...string[]],
  [from, to]: readonly [number, number],
): ScriptedJob => {
  const { most, ...unit } = random.oneOf(FLAVORS);
  const units = random.integer(1, most);
  const timeoutSeconds = timeoutOf(random);
  const autoRestart = timeoutSeconds !== undefined && random.chance(0.5);
  const micros = random.oneOf([1, 1000, 1_000_000]);
  const fraction = random.integer(0, 999);
  const transitions = changesOf(random, random.integer(from, to), {
    timeoutMs: (timeoutSeconds ?? Infinity) * SECOND,
    autoRestart,
  }).map(
    ({ state, at }): StateChange => ({
      state,
      date: dateOf(Math.floor((at * MICROS + fraction) / micros) * micros),
    }),
  );
  return {
    ...{ id: uuidOf(random), project: random.oneOf(projects), user: `user-${random.integer(1, 5)}` },
    ...{ name: `train-${random.integer(1, 99)}`, region: random.oneOf(['GRA', 'BHS']) },
    ...(random.chance(0.7) && { labels: { team: random.oneOf(['vision', 'speech', 'text']) } }),
    resources: { flavor: unit.flavor, gpu: unit.gpu * units, cpu: unit.cpu * units },
    ...(timeoutSeconds !== undefined && { timeoutSeconds, timeoutAutoRestart: autoRestart }),
    transitions,
  };
};
