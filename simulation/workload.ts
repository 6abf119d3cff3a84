import type { EventRef, Labels, ReportedFact, Resources, Transition, Unit } from '../lib/billing/facts.ts';
import type { Status } from '../lib/billing/statuses.ts';
import type { DraftTariff } from '../lib/operations/tariffs/publish.ts';
import type { Consumer } from './consumers.ts';
import type { MONTH_AT } from './oracle.ts';
import type { Random } from './random.ts';
import type { Faults, Hold } from './scheduler.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What reaches the system from outside, and when. */
export type Action = { readonly at: number } & (
  | { readonly kind: 'send'; readonly events: readonly ReportedFact[] }
  | {
      readonly kind: 'close';
      readonly month?: string;
      /** How long it may last; what is left then is handed over. */
      readonly forMs?: number;
      readonly shared?: boolean;
    }
  | { readonly kind: 'publish'; readonly tariff: DraftTariff; readonly backdate: boolean }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'retry deliveries' }
  /** A person decides about a draft. */
  | { readonly kind: 'decide'; readonly decision: 'approve' | 'hold' }
  | { readonly kind: 'audit' }
);

/** Everything a run is made of but the order of table calls, which `scheduleSeed` decides. */
export interface Scenario {
  readonly scheduleSeed: number;
  readonly timeZone: keyof typeof MONTH_AT;
  readonly currency: string;
  readonly start: number;
  /** Published before the start. */
  readonly tariffs: readonly DraftTariff[];
  readonly actions: readonly Action[];
  readonly faults: Faults;
  readonly holds?: readonly Hold[];
  /** Seconds a process's clock may be off, either way. */
  readonly clockErrorSeconds: number;
  /** The endpoints of events out. */
  readonly consumers?: readonly Consumer[];
  /** Statements need approval; without it they are issued at once. */
  readonly issue?: 'approve';
}

/** What a scenario has more or less of, for rules that only a crowd of one kind can break. */
export interface Emphasis {
  /**
   * The months to begin in; without it some around the end of the year and the changes to and from
   * summer time.
   */
  readonly firstMonths?: readonly [string, ...string[]];
  readonly projects?: number;
  readonly jobs?: number;
  readonly faults?: Faults;
  /** Closes at each end of a month. */
  readonly closes?: number;
  /** Probability that a close has only so much time. */
  readonly hurried?: number;
  /** Probability that nothing is closed at the end of a month. */
  readonly closeSkipped?: number;
  /** Probability that an event arrives days to months late. */
  readonly late?: number;
  readonly retracted?: number;
  readonly published?: number;
  /** Probability that a job's stop is never reported. */
  readonly stopLost?: number;
  /** Probability that a job is reported with all between two runs in one instant. */
  readonly tied?: number;
  /** Probability that a job's stop is reported with a time before its start. */
  readonly wrongStop?: number;
  /** Probability that a job is reported with times of less than a millisecond. */
  readonly nanos?: number;
  /** Probability that a job states a timeout. */
  readonly timeout?: number;
  /** Probability that an event arrives just while a close or a publication runs. */
  readonly atOnce?: number;
  /** Probability that there are endpoints of events out. */
  readonly consumed?: number;
  /** Probability that all a job reports arrives in one moment. */
  readonly together?: number;
}

/** The last month of the year, of winter time and of summer time. */
const STARTS = ['2025-12', '2026-02', '2026-03', '2026-09', '2026-10'] as const;
const POLICIES: readonly [Status[], ...Status[][]] = [
  ['RUNNING'],
  ['PENDING', 'RUNNING'],
  ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
];
/** The flavors, each with the unit it is usually priced by. */
const FLAVORS = { 'ai1-1-cpu': 'cpu', 'ai1-1-gpu': 'gpu', 'ai1-8-node': 'node' } as const;
export const FLAVOR_NAMES = Object.keys(FLAVORS) as [keyof typeof FLAVORS, ...(keyof typeof FLAVORS)[]];
const UNITS: readonly [Unit, ...Unit[]] = ['cpu', 'gpu', 'node'];
const PRICES = ['0.03', '1.93', '0.000001', '0.5', '7'] as const;
const LIMITS = [30 * MINUTE, 3 * HOUR, 26 * HOUR, 3 * DAY] as const;
const SILENCES = [20 * MINUTE, 2 * HOUR, 12 * HOUR, 2 * DAY, 7 * DAY] as const;
const TIMEOUTS = [10 * MINUTE, HOUR, 5 * HOUR, 2 * DAY] as const;
const LABELS: readonly [Labels, ...Labels[]] = [{ team: 'vision' }, { team: 'speech', user: 'ana' }];
/** Events of one job that share an instant at most: those of a whole restart. */
const MOST_TIED = 6;
/** Events sent together at most. */
const MOST_BATCHED = 12;
const SOURCES = ['https://gra.example', 'https://bhs.example'] as const;

/** Ends of months in both zones are within two hours of the end in UTC. */
const utcMonthEnd = (start: string, months: number) => {
  const first = new Date(`${start}-01T00:00:00Z`);
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + months, 1);
};

const drawGap = (random: Random): number =>
  random.oneOf([
    () => 0,
    () => random.integer(1, 59_999),
    () => random.integer(1, 30) * MINUTE,
    () => random.integer(1, 30 * MINUTE),
    () => random.integer(1, 5 * HOUR),
    () => random.integer(1, 5 * HOUR),
  ])();

/** Whole units, or now and then thousandths. */
const drawCount = (random: Random) =>
  random.chance(0.25) ? random.integer(1, 4000) : 1000 * random.integer(1, 13);

const drawResources = (random: Random): Resources => {
  const flavor = random.oneOf(FLAVOR_NAMES);
  const stated = UNITS.filter((unit) => random.chance(unit === FLAVORS[flavor] ? 0.93 : 0.4));
  return { flavor, milliUnits: Object.fromEntries(stated.map((unit) => [unit, drawCount(random)])) };
};

const drawTrace = (random: Random, stopLost: number): Status[] => {
  const run = (): Status[] => [
    ...(random.chance(0.3) ? (['INITIALIZING'] as const) : []),
    'PENDING',
    'RUNNING',
    ...(random.chance(0.25) ? Array.from({ length: random.integer(1, 3) }, () => 'RUNNING' as const) : []),
    ...(random.chance(0.3) ? [random.oneOf(['INTERRUPTING', 'TIMEOUT'] as const)] : []),
    ...(random.chance(0.5) ? (['FINALIZING'] as const) : []),
  ];
  const drawFinal = () =>
    random.oneOf(['DONE', 'DONE', 'FAILED', 'INTERRUPTED', 'ERROR', 'SYNC_FAILED'] as const);
  const drawAgain = (): Status[] =>
    random.oneOf([
      (): Status[] => ['RESTARTING', ...run()],
      (): Status[] => ['RESTARTING', 'QUEUED', ...run()],
      (): Status[] => [drawFinal(), 'QUEUED', ...run()],
      // Forbidden: the job has ended and nothing begins another run.
      (): Status[] => [drawFinal(), ...run()],
    ])();
  const again = random.chance(0.3) ? drawAgain() : [];
  const trace: Status[] = ['QUEUED', ...run(), ...again, drawFinal()];
  if (!random.chance(stopLost)) return trace;
  return trace.slice(0, trace.lastIndexOf('RUNNING') + 1);
};

const drawTariff = (random: Random, effectiveFrom: number, currency: string): DraftTariff => ({
  name: 'a tariff',
  effectiveFrom,
  currency,
  billableStatuses: random.oneOf(POLICIES),
  maxRunningMs: random.oneOf(LIMITS),
  maxSilenceMs: random.oneOf(SILENCES),
  prices: Object.fromEntries(
    FLAVOR_NAMES.flatMap((flavor) => {
      if (random.chance(0.06)) return [];
      const unit = random.chance(0.85) ? FLAVORS[flavor] : random.oneOf(UNITS);
      return [[flavor, { unit, pricePerHour: random.oneOf(PRICES) }] as const];
    }),
  ),
});

const drawConsumers = (random: Random, consumed: number): Consumer[] => {
  if (!random.chance(consumed)) return [];
  const drawHealth = () => ({ fails: random.oneOf([0, 0.3, 0.8]), hangs: random.oneOf([0, 0.3]) });
  const ofAll = { endpointId: 'endpoint-1', ...drawHealth() };
  if (random.chance(0.7)) return [ofAll];
  const only = random.chance(0.5) ? { projectId: 'proj-1' } : { types: ['statement.issued' as const] };
  return [ofAll, { endpointId: 'endpoint-2', ...only, ...drawHealth() }];
};

/** What a batch has of events, of all jobs and in any order. */
const drawBatch = (random: Random, events: readonly ReportedFact[]): ReportedFact[] => {
  const left = [...events];
  return Array.from({ length: Math.min(MOST_BATCHED, left.length) }, () => random.take(left));
};

type Instant = Required<Pick<Transition, 'time' | 'nanos'>>;

/** When each status of a trace is entered. */
const drawInstants = (
  random: Random,
  trace: readonly Status[],
  first: number,
  { tied, wrongStop, nanos }: Required<Pick<Emphasis, 'tied' | 'wrongStop' | 'nanos'>>,
): Instant[] => {
  const isTied = random.chance(tied);
  const isFine = random.chance(nanos);
  let time = first;
  let inInstant = 0;
  const instants = trace.map((_, index): Instant => {
    const isLong = trace[index - 1] === 'RUNNING' && random.chance(0.06);
    let gap = isLong ? random.integer(5 * HOUR, 4 * DAY) : drawGap(random);
    if (isTied && trace[index - 1] !== 'RUNNING') gap = 0;
    inInstant = gap === 0 ? inInstant + 1 : 1;
    if (inInstant > MOST_TIED) {
      gap = 1;
      inInstant = 1;
    }
    time += gap;
    return { time, nanos: isFine ? random.integer(0, 999_999) : 0 };
  });
  if (!random.chance(wrongStop)) return instants;
  const started = trace.lastIndexOf('RUNNING');
  const stop = { time: (instants[started]?.time ?? time) - random.integer(1, SECOND), nanos: 0 };
  return instants.map((instant, index) => (index > started ? stop : instant));
};

/** Draws a scenario around the ends of a few months. */
export const drawScenario = (random: Random, emphasis: Emphasis = {}): Scenario => {
  const {
    firstMonths = STARTS,
    projects = random.integer(1, 3),
    jobs = random.integer(1, 5),
    faults = { rate: random.oneOf([0, 0.003, 0.01, 0.04]), most: random.integer(1, 12) },
    closes,
    hurried = 0.3,
    closeSkipped = 0.25,
    late = 0.2,
    retracted = 0.12,
    published = 0.35,
    stopLost = 0.1,
    atOnce = 0.15,
    together = 0.15,
    tied = 0.15,
    wrongStop = 0.04,
    nanos = 0.15,
    timeout = 0.15,
    consumed = 0.2,
  } = emphasis;
  const firstMonth = random.oneOf(firstMonths);
  const currency = random.oneOf(['EUR', 'EUR', 'JPY', 'KWD'] as const);
  const ends = Array.from({ length: random.integer(2, 3) }, (_, index) => utcMonthEnd(firstMonth, index + 1));
  const lastEnd = Math.max(...ends);
  const start = Math.min(...ends) - random.oneOf([2 * DAY, 20 * DAY] as const);
  const drawEnd = () => random.oneOf([Math.min(...ends), ...ends]);
  const drawTime = () => drawEnd() + random.integer(-7 * HOUR, 4 * HOUR);
  /** Within a minute of a month end in one of the time zones, summer or winter. */
  const drawEdge = () => drawEnd() - random.integer(0, 2) * HOUR + random.integer(-59_999, 59_999);
  const projectIds = Array.from({ length: projects }, (_, index) => `proj-${index + 1}`);
  const drawProject = () => `proj-${random.integer(1, projectIds.length)}`;

  const closing = ends.flatMap((end, index): Action[] => {
    if (random.chance(closeSkipped)) return [];
    const times = closes ?? random.oneOf([1, 1, 2, 3] as const);
    return Array.from({ length: times }, (): Action => {
      const at =
        end + random.oneOf([random.integer(-2 * HOUR, 2 * HOUR), random.integer(0, MINUTE), 2 * DAY]);
      const month = new Date(utcMonthEnd(firstMonth, index)).toISOString().slice(0, 7);
      return {
        ...{ at, kind: 'close' },
        ...(random.chance(0.2) && { month }),
        ...(random.chance(hurried) && { forMs: random.integer(0, 20_000) }),
        ...(random.chance(hurried) && { shared: true }),
      };
    });
  });
  if (random.chance(0.4)) closing.push({ at: lastEnd + 15 * DAY, kind: 'close' });

  const publications = Array.from({ length: random.integer(1, 2) }, (): Action[] => {
    if (!random.chance(published)) return [];
    const at = drawTime();
    const backdate = random.chance(0.6);
    const effectiveFrom = backdate
      ? drawTime() - random.integer(0, DAY)
      : at + 2 * HOUR + random.integer(0, 5 * HOUR);
    return [{ at, kind: 'publish', tariff: drawTariff(random, effectiveFrom, currency), backdate }];
  });

  const busy = [...closing, ...publications.flat()].map(({ at }) => at);
  const arrival = (time: number): number => {
    const moments = busy.filter((at) => at >= time);
    if (moments.length > 0 && random.chance(atOnce))
      return random.take(moments) + random.integer(-2, 4) * SECOND;
    const lateness = random.chance(late)
      ? random.oneOf([random.integer(1, 5 * DAY), random.integer(1, 70 * DAY)])
      : random.oneOf([0, 2 * MINUTE, 2 * HOUR] as const) * random.integer(1, 4);
    const at = Math.max(start, time + lateness - (random.chance(0.1) ? 4 * MINUTE : 0));
    return Math.min(at, Math.max(lastEnd + 20 * DAY, time));
  };

  const drawJob = (jobId: string, projectId: string): Action[] => {
    let resources = drawResources(random);
    const statedIn = random.oneOf(['first', 'first', 'first', 'first', 'later', 'all', 'never'] as const);
    const first = random.chance(0.05) ? start - random.integer(1, 60 * DAY) : drawTime();
    const trace = drawTrace(random, stopLost);
    const drawn = drawInstants(random, trace, first + drawGap(random), { tied, wrongStop, nanos });
    const onEdge = random.chance(0.2) ? drawn[random.integer(0, drawn.length - 1)] : undefined;
    const shift = onEdge ? drawEdge() - onEdge.time : 0;
    const instants = drawn.map((instant) => ({ ...instant, time: instant.time + shift }));
    const timeoutIn = random.chance(timeout) ? random.integer(0, 3) : undefined;
    const labelsIn = random.chance(0.2) ? random.integer(0, 2) : undefined;
    const events = trace.map((status, index): Transition => {
      const { time, nanos } = instants[index] ?? { time: first, nanos: 0 };
      const mayChange = status === 'RESTARTING' || (status === 'RUNNING' && trace[index - 1] === 'RUNNING');
      const changes = mayChange && random.chance(0.5);
      if (changes) resources = drawResources(random);
      const states =
        changes ||
        statedIn === 'all' ||
        (statedIn === 'first' ? index === 0 : statedIn === 'later' && index === 2);
      const stated = random.chance(0.04) ? drawResources(random) : states ? resources : undefined;
      const hasTimeout = timeoutIn !== undefined && index >= timeoutIn && random.chance(0.5);
      const hasLabels = labelsIn !== undefined && index >= labelsIn && random.chance(0.5);
      return {
        kind: 'transition',
        jobId,
        projectId,
        source: random.oneOf(SOURCES),
        id: `${jobId}-${index}`,
        status,
        time,
        ...(nanos > 0 && { nanos }),
        ...(stated && { resources: stated }),
        ...(hasLabels && { labels: random.oneOf(LABELS) }),
        ...(hasTimeout && { timeoutMs: random.oneOf(TIMEOUTS) }),
      };
    });
    const last = Math.max(...events.map(({ time }) => time));

    const sends: Action[] = [];
    const send = (at: number, ...facts: ReportedFact[]) => sends.push({ at, kind: 'send', events: facts });
    const reported = events.filter(() => !random.chance(0.04));
    const moment = random.chance(together) ? arrival(last) : undefined;
    for (const event of reported) {
      const at = moment ?? arrival(event.time);
      send(at, event);
      if (random.chance(0.1)) send(at + random.integer(0, DAY), event);
      if (random.chance(0.03)) send(at + random.integer(0, HOUR), { ...event, time: event.time + MINUTE });
      if (random.chance(retracted)) {
        const later = moment ?? Math.max(at, arrival(event.time)) + random.integer(0, HOUR);
        send(later, retract(event, `${event.id}-not`, later));
      }
    }
    if (random.chance(0.2)) send(Math.max(...events.map((event) => arrival(event.time))), ...reported);
    return sends;
  };

  const known = random.chance(0.97) ? [drawTariff(random, start - 400 * DAY, currency)] : [];
  const dated = Array.from({ length: random.integer(0, 2) }, () =>
    drawTariff(random, drawTime() + random.integer(-59_999, 59_999), currency),
  );
  const redrives = Array.from(
    { length: random.integer(0, 2) },
    (): Action => ({ at: drawTime(), kind: 'redrive' }),
  );
  const audits: Action[] = random.chance(0.3) ? [{ at: drawTime(), kind: 'audit' }] : [];
  const jobsOf = new Map<string, number>();
  const working = Array.from({ length: jobs }, () => {
    const projectId = drawProject();
    const inProject = (jobsOf.get(projectId) ?? 0) + 1;
    jobsOf.set(projectId, inProject);
    // Projects number their jobs alike, so equal ids are frequent, of events too.
    return drawJob(`job-${inProject}`, projectId);
  });
  const reports = working.flat();
  const reported = reports.flatMap((report) => (report.kind === 'send' ? report.events : []));
  const again: Action[] =
    reported.length > 0 && random.chance(0.15)
      ? [{ at: Math.max(...reports.map(({ at }) => at)), kind: 'send', events: drawBatch(random, reported) }]
      : [];

  return {
    scheduleSeed: random.integer(0, 2 ** 31),
    timeZone: random.oneOf(['UTC', 'Europe/Paris'] as const),
    currency,
    start,
    tariffs: [...known, ...dated],
    actions: [...reports, ...again, ...closing, ...publications.flat(), ...redrives, ...audits].sort(
      (a, b) => a.at - b.at,
    ),
    faults,
    clockErrorSeconds: random.oneOf([0, 5, 40] as const),
    consumers: drawConsumers(random, consumed),
  };
};

const retract = (
  { jobId, projectId, ...retracts }: Transition & EventRef,
  id: string,
  time: number,
): ReportedFact => ({
  kind: 'retraction',
  jobId,
  projectId,
  source: retracts.source,
  id,
  time,
  retracts: { source: retracts.source, id: retracts.id },
  reason: 'sent by mistake',
});
