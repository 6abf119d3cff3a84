import type { EventRef, ReportedFact, Resources, Transition } from '../lib/billing/facts.ts';
import type { Status } from '../lib/billing/statuses.ts';
import type { DraftTariff } from '../lib/operations/tariffs/publish.ts';
import type { MONTH_AT } from './oracle.ts';
import type { Random } from './random.ts';
import type { Faults, Hold } from './scheduler.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A scheduled external action. */
export type Action = { readonly at: number } & (
  | { readonly kind: 'send'; readonly events: readonly ReportedFact[] }
  | {
      readonly kind: 'close';
      readonly month?: string;
      /** Time limit; the rest is left to a later close. */
      readonly forMs?: number;
      readonly shared?: boolean;
    }
  | { readonly kind: 'publish'; readonly tariff: DraftTariff; readonly backdate: boolean }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'audit' }
);

/** A run, except for the order of table calls, which `scheduleSeed` decides. */
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
  /** Maximum clock error of a process in seconds, in either direction. */
  readonly clockErrorSeconds: number;
}

/** Weights of a scenario, for rules that only many of a kind can break. */
export interface Emphasis {
  /** First months; by default around year end and daylight saving changes. */
  readonly firstMonths?: readonly [string, ...string[]];
  readonly projects?: number;
  readonly jobs?: number;
  readonly faults?: Faults;
  /** Closes per month end. */
  readonly closes?: number;
  /** Probability that a close has a time limit. */
  readonly hurried?: number;
  /** Probability that nothing is closed at the end of a month. */
  readonly closeSkipped?: number;
  /** Probability that an event arrives days to months late. */
  readonly late?: number;
  readonly retracted?: number;
  readonly published?: number;
  /** Probability that the stop of a job is never reported. */
  readonly stopLost?: number;
  /** Probability that an event arrives during a close or a publication. */
  readonly atOnce?: number;
  /** Probability that all events of a job arrive at once. */
  readonly together?: number;
}

/** The last months of the year, of winter time and of summer time. */
const STARTS = ['2025-12', '2026-02', '2026-03', '2026-09', '2026-10'] as const;
const POLICIES: readonly [Status[], ...Status[][]] = [
  ['RUNNING'],
  ['PENDING', 'RUNNING'],
  ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
];
const FLAVORS = ['ai1-1-cpu', 'ai1-1-gpu'] as const;
const PRICES = ['0.03', '1.93', '0.000001', '0.5', '7'] as const;
const LIMITS = [30 * MINUTE, 3 * HOUR, 26 * HOUR, 3 * DAY] as const;
const SOURCES = ['https://gra.example', 'https://bhs.example'] as const;

/** Month ends in both zones are within two hours of the end in UTC. */
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

const drawResources = (random: Random): Resources => {
  const flavor = random.oneOf(FLAVORS);
  const gpu = flavor === 'ai1-1-gpu' ? random.integer(1, 4) : 0;
  return { flavor, gpu, cpu: random.integer(1, 13) };
};

const drawTrace = (random: Random, stopLost: number): Status[] => {
  const run = (): Status[] => [
    ...(random.chance(0.3) ? (['INITIALIZING'] as const) : []),
    'PENDING',
    'RUNNING',
    ...(random.chance(0.3) ? [random.oneOf(['INTERRUPTING', 'TIMEOUT'] as const)] : []),
    ...(random.chance(0.5) ? (['FINALIZING'] as const) : []),
  ];
  const again: Status[] = random.chance(0.25) ? ['RESTARTING', ...run()] : [];
  const trace: Status[] = [
    'QUEUED',
    ...run(),
    ...again,
    random.oneOf(['DONE', 'DONE', 'FAILED', 'INTERRUPTED', 'ERROR', 'SYNC_FAILED'] as const),
  ];
  if (!random.chance(stopLost)) return trace;
  return trace.slice(0, trace.lastIndexOf('RUNNING') + 1);
};

const drawTariff = (random: Random, effectiveFrom: number, currency: string): DraftTariff => ({
  name: 'a tariff',
  effectiveFrom,
  currency,
  billableStatuses: random.oneOf(POLICIES),
  maxRunningMs: random.oneOf(LIMITS),
  pricePerHour: Object.fromEntries(
    FLAVORS.flatMap((flavor) => (random.chance(0.06) ? [] : [[flavor, random.oneOf(PRICES)] as const])),
  ),
});

/** Drawn once per scenario, before its actions. */
const drawFrame = (random: Random, emphasis: Emphasis) => {
  const {
    firstMonths = STARTS,
    projects = random.integer(1, 3),
    jobs = random.integer(1, 5),
    faults = { rate: random.oneOf([0, 0.003, 0.01, 0.04]), most: random.integer(1, 12) },
  } = emphasis;
  const firstMonth = random.oneOf(firstMonths);
  const currency = random.oneOf(['EUR', 'EUR', 'JPY', 'KWD'] as const);
  const ends = Array.from({ length: random.integer(2, 3) }, (_, index) => utcMonthEnd(firstMonth, index + 1));
  const start = Math.min(...ends) - random.oneOf([2 * DAY, 20 * DAY] as const);
  const drawEnd = () => random.oneOf([Math.min(...ends), ...ends]);
  return {
    ...{ random, emphasis, jobs, faults, firstMonth, currency, ends, start },
    lastEnd: Math.max(...ends),
    drawTime: () => drawEnd() + random.integer(-7 * HOUR, 4 * HOUR),
    drawProject: () => `proj-${random.integer(1, projects)}`,
  };
};

type Frame = ReturnType<typeof drawFrame>;

const drawCloses = ({ random, emphasis, firstMonth, ends, lastEnd }: Frame): Action[] => {
  const { closes, hurried = 0.3, closeSkipped = 0.25 } = emphasis;
  const drawn = ends.flatMap((end, index): Action[] => {
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
  if (random.chance(0.4)) drawn.push({ at: lastEnd + 15 * DAY, kind: 'close' });
  return drawn;
};

const drawPublications = ({ random, emphasis, currency, drawTime }: Frame): Action[] => {
  const { published = 0.35 } = emphasis;
  const drawn = Array.from({ length: random.integer(1, 2) }, (): Action[] => {
    if (!random.chance(published)) return [];
    const at = drawTime();
    const backdate = random.chance(0.6);
    const effectiveFrom = backdate
      ? drawTime() - random.integer(0, DAY)
      : at + 2 * HOUR + random.integer(0, 5 * HOUR);
    return [{ at, kind: 'publish', tariff: drawTariff(random, effectiveFrom, currency), backdate }];
  });
  return drawn.flat();
};

type Arrival = (time: number) => number;

/** When an event of a time arrives: soon, late, or during one of the `busy` moments. */
const createArrival = ({ random, emphasis, start, lastEnd }: Frame, busy: readonly number[]): Arrival => {
  const { late = 0.2, atOnce = 0.15 } = emphasis;
  return (time) => {
    const moments = busy.filter((at) => at >= time);
    if (moments.length > 0 && random.chance(atOnce))
      return random.take(moments) + random.integer(-2, 4) * SECOND;
    const lateness = random.chance(late)
      ? random.oneOf([random.integer(1, 5 * DAY), random.integer(1, 70 * DAY)])
      : random.oneOf([0, 2 * MINUTE, 2 * HOUR] as const) * random.integer(1, 4);
    const at = Math.max(start, time + lateness - (random.chance(0.1) ? 4 * MINUTE : 0));
    return Math.min(at, Math.max(lastEnd + 20 * DAY, time));
  };
};

/** All transitions of a job, sent or not. */
const drawTransitions = (
  { random, emphasis: { stopLost = 0.1 }, start, drawTime, drawProject }: Frame,
  jobId: string,
): Transition[] => {
  const homeProject = drawProject();
  const resources = drawResources(random);
  const statedIn = random.oneOf(['first', 'first', 'first', 'first', 'later', 'all', 'never'] as const);
  let time = random.chance(0.05) ? start - random.integer(1, 60 * DAY) : drawTime();
  return drawTrace(random, stopLost).map((status, index): Transition => {
    time += drawGap(random);
    const states =
      statedIn === 'all' || (statedIn === 'first' ? index === 0 : statedIn === 'later' && index === 2);
    const stated = random.chance(0.04) ? drawResources(random) : states ? resources : undefined;
    return {
      kind: 'transition',
      jobId,
      projectId: random.chance(0.05) ? drawProject() : homeProject,
      source: random.oneOf(SOURCES),
      id: `${jobId}-${index}`,
      status,
      time,
      ...(stated && { resources: stated }),
    };
  });
};

/** What is sent of a job, and when: some events never, twice, with other content, or retracted. */
const drawSends = (frame: Frame, jobId: string, arrival: Arrival): Action[] => {
  const { random } = frame;
  const { retracted = 0.12, together = 0.15 } = frame.emphasis;
  const events = drawTransitions(frame, jobId);
  const sends: Action[] = [];
  const send = (at: number, ...facts: ReportedFact[]) => sends.push({ at, kind: 'send', events: facts });
  const reported = events.filter(() => !random.chance(0.04));
  const lastTime = Math.max(...events.map(({ time }) => time));
  const moment = random.chance(together) ? arrival(lastTime) : undefined;
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

/** Draws a scenario around the ends of a few months. */
export const drawScenario = (random: Random, emphasis: Emphasis = {}): Scenario => {
  const frame = drawFrame(random, emphasis);
  const { jobs, currency, start, faults, drawTime } = frame;
  const closes = drawCloses(frame);
  const publications = drawPublications(frame);
  const arrival = createArrival(
    frame,
    [...closes, ...publications].map(({ at }) => at),
  );
  const known = random.chance(0.97) ? [drawTariff(random, start - 400 * DAY, currency)] : [];
  const dated = Array.from({ length: random.integer(0, 2) }, () =>
    drawTariff(random, drawTime() + random.integer(-59_999, 59_999), currency),
  );
  const redrives = Array.from(
    { length: random.integer(0, 2) },
    (): Action => ({ at: drawTime(), kind: 'redrive' }),
  );
  const audits: Action[] = random.chance(0.3) ? [{ at: drawTime(), kind: 'audit' }] : [];
  const sends = Array.from({ length: jobs }, (_, index) => drawSends(frame, `job-${index + 1}`, arrival));
  return {
    scheduleSeed: random.integer(0, 2 ** 31),
    timeZone: random.oneOf(['UTC', 'Europe/Paris'] as const),
    currency,
    start,
    tariffs: [...known, ...dated],
    actions: [...sends.flat(), ...closes, ...publications, ...redrives, ...audits].sort(
      (a, b) => a.at - b.at,
    ),
    faults,
    clockErrorSeconds: random.oneOf([0, 5, 40] as const),
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
