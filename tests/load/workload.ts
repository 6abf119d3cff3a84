import type { EventRef, ReportedFact, Resources, Transition } from '../../lib/billing/facts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { addMonths, type Calendar } from '../../lib/billing/months.ts';
import type { Status } from '../../lib/billing/statuses.ts';
import type { Random } from '../../simulation/random.ts';

/** One request: facts that are sent together, so many milliseconds after the first. */
export interface Delivery {
  readonly atMs: number;
  readonly facts: readonly ReportedFact[];
}

export interface Workload {
  /** Two months that have ended, oldest first. */
  readonly months: readonly [string, string];
  readonly projects: readonly string[];
  readonly jobs: number;
  /** Whatever can change what is used in these months. */
  readonly ended: readonly Delivery[];
  /** Only facts of the running month: nothing in them changes a month before. */
  readonly running: readonly Delivery[];
}

export interface WorkloadOptions {
  readonly calendar: Calendar;
  readonly now: number;
  /** About so many facts. */
  readonly events: number;
  /** On average. */
  readonly eventsPerSecond: number;
  /** How much faster than in between events come in a burst; 1 sends steadily. */
  readonly burst: number;
}

const PROJECTS = 16;
const SOURCES = ['https://gra.example', 'https://bhs.example'] as const;
const LARGEST_BATCH = 20;
/** How far a fact sent again or too late falls behind, in facts. */
const FURTHEST_BEHIND = 150;
const CYCLE_SECONDS = 20;
const BURST_SECONDS = 5;

const drawGap = (random: Random): number =>
  random.oneOf([
    () => 0,
    () => random.integer(1, MINUTE_MS),
    () => random.integer(1, 30) * MINUTE_MS,
    () => random.integer(1, 5 * HOUR_MS),
  ])();

const drawRunning = (random: Random): number =>
  random.chance(0.1) ? random.integer(1, 3 * DAY_MS) : drawGap(random);

const drawResources = (random: Random): Resources =>
  random.chance(0.5)
    ? {
        flavor: 'ai1-1-gpu',
        milliUnits: { gpu: random.integer(1, 8) * 500, cpu: random.integer(1, 52) * 1_000 },
      }
    : { flavor: 'ai1-1-cpu', milliUnits: { cpu: random.integer(1, 12) * 1_000 } };

/** A whole lifecycle: every job comes to its end. */
const drawStatuses = (random: Random): Status[] => {
  const run = (): Status[] => ['INITIALIZING', 'PENDING', 'RUNNING'];
  const stop: Status[] = random.chance(0.3) ? [random.oneOf(['INTERRUPTING', 'TIMEOUT'] as const)] : [];
  const again: Status[] = random.chance(0.15) ? ['RESTARTING', ...run()] : [];
  const end = random.oneOf(['DONE', 'DONE', 'FAILED', 'INTERRUPTED'] as const);
  return ['QUEUED', ...run(), ...again, ...stop, 'FINALIZING', end];
};

const retract = (
  { jobId, projectId, source, id, time }: Transition & EventRef,
  latest: number,
): ReportedFact => ({
  ...{ kind: 'retraction', jobId, projectId, source, id: `${id}-not` },
  time: Math.min(time + 10 * MINUTE_MS, latest),
  retracts: { source, id },
  reason: 'sent by mistake',
});

/** A fact and the time of what it changes. */
interface Change {
  readonly fact: ReportedFact;
  readonly time: number;
}

const inBatches = (random: Random, facts: readonly ReportedFact[]): ReportedFact[][] => {
  const batches: ReportedFact[][] = [];
  for (let from = 0; from < facts.length; ) {
    const size = random.chance(0.6) ? 1 : random.integer(2, LARGEST_BATCH);
    batches.push(facts.slice(from, from + size));
    from += size;
  }
  return batches;
};

/**
 * By the time of what they change; one in twenty falls behind, and one in twenty is sent once more.
 */
const inOrderOfArrival = (random: Random, changes: readonly Change[]): ReportedFact[] =>
  changes
    .toSorted((a, b) => a.time - b.time)
    .flatMap(({ fact }, partition) => {
      const behind = () => partition + random.integer(1, FURTHEST_BEHIND);
      const first = { fact, partition: random.chance(0.05) ? behind() : partition };
      return random.chance(0.05) ? [first, { fact, partition: behind() }] : [first];
    })
    .sort((a, b) => a.partition - b.partition)
    .map(({ fact }) => fact);

const createPace = ({ eventsPerSecond, burst }: WorkloadOptions) => {
  const steady = (eventsPerSecond * CYCLE_SECONDS) / (CYCLE_SECONDS + BURST_SECONDS * (burst - 1));
  return (seconds: number) =>
    seconds % CYCLE_SECONDS < CYCLE_SECONDS - BURST_SECONDS ? steady : steady * burst;
};

/**
 * Draws whole jobs of several projects in the two months that ended last and in the running one,
 * and the requests that report them. All but the progress of the running month follows from the
 * seed.
 */
export const drawWorkload = (random: Random, options: WorkloadOptions): Workload => {
  const { calendar, now } = options;
  const current = calendar.monthOf(now);
  const months = [addMonths(current.id, -2), addMonths(current.id, -1)] as const;
  const projects = Array.from({ length: PROJECTS }, (_, index) => `proj-${index + 1}`);

  const drawJob = (jobId: string): Change[] => {
    const projectId = `proj-${random.integer(1, PROJECTS)}`;
    const resources = drawResources(random);
    const steps = drawStatuses(random).map((status) => ({
      status,
      lasts: status === 'RUNNING' ? drawRunning(random) : drawGap(random),
    }));
    const duration = steps.reduce((sum, { lasts }) => sum + lasts, 0);
    const month = calendar.month(random.oneOf([...months, current.id] as const));
    let time = Math.min(random.integer(month.start, month.end), now - duration);
    return steps.flatMap(({ status, lasts }, index): Change[] => {
      const fact: Transition = {
        ...{ kind: 'transition', jobId, projectId, status, time },
        source: random.oneOf(SOURCES),
        id: `${jobId}-${index}`,
        ...(index === 0 || random.chance(0.3) ? { resources } : {}),
      };
      time += lasts;
      const reported = { fact, time: fact.time };
      if (index === 0 || !random.chance(0.02)) return [reported];
      // The same step was also reported at another time, and that was a mistake.
      const mistake: Transition = {
        ...fact,
        id: `${fact.id}-mistake`,
        time: Math.min(fact.time + drawGap(random), now),
      };
      const changesSince = { time: mistake.time };
      return [reported, { fact: mistake, ...changesSince }, { fact: retract(mistake, now), ...changesSince }];
    });
  };

  const changes: Change[] = [];
  let jobs = 0;
  while (changes.length < options.events) {
    jobs += 1;
    changes.push(...drawJob(`job-${jobs}`));
  }

  const paceAt = createPace(options);
  const deliver = (due: readonly Change[]): Delivery[] => {
    let seconds = 0;
    return inBatches(random, inOrderOfArrival(random, due)).map((facts) => {
      const delivery = { atMs: seconds * 1000, facts };
      seconds += facts.length / paceAt(seconds);
      return delivery;
    });
  };
  const hasEnded = ({ time }: Change) => time < current.start;
  return {
    ...{ months, projects, jobs },
    ended: deliver(changes.filter(hasEnded)),
    running: deliver(changes.filter((change) => !hasEnded(change))),
  };
};
