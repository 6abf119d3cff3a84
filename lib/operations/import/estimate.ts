import { type DerivedCharge, deriveCharges, type FinalCharge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import { type Fact, isSameEvent, type JobRef } from '../../billing/facts.ts';
import { type Lifecycle, readLifecycle } from '../../billing/lifecycle.ts';
import { totalOf } from '../../billing/lines.ts';
import { formatMinor, parseMinor } from '../../billing/money.ts';
import type { Calendar } from '../../billing/months.ts';
import type { Status } from '../../billing/statuses.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { createUsageFold } from '../../billing/usage.ts';
import type { Line } from '../../shapes/line.ts';
import type { UsageGroup } from '../../shapes/usage.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import { isoTime, linesView } from '../public-shapes.ts';
import { heldTimeOf } from '../reads/held-time.ts';
import { toLiveCharge } from '../reads/live-charges.ts';
import { createGroups, type Grouping, groupingText } from '../reads/usage-groups.ts';
import { isRefused, readReported } from '../record-reported.ts';
import { createJobLogs } from './job-logs.ts';
import { createReasons, type ReasonGroup } from './reasons.ts';
import { createTimeRange, type TimeRange } from './time-range.ts';
import { createUnratedTime, type UnratedTime } from './unrated-time.ts';
import { createWaitingJobs, type WaitingJobs } from './waiting-jobs.ts';

/** The usage of a project in a month, in figures of its `usage`. */
export interface EstimatedProject {
  readonly projectId: string;
  readonly minutes: number;
  readonly total: string;
  readonly lines: readonly Line[];
  readonly groups: readonly UsageGroup[];
}

export interface EstimatedMonth {
  readonly month: string;
  /** Absent where the month has ended: it is still going on. */
  readonly current?: true;
  /** The sum of its projects. */
  readonly total: string;
  /** By id. */
  readonly projects: readonly EstimatedProject[];
}

/** What events would cost, by the rules of billing, if nothing else is known of their jobs. */
export interface Estimate extends TimeRange, WaitingJobs {
  readonly jobs: number;
  readonly events: number;
  /** Given again with the same content. */
  readonly known: number;
  /** Given again with other content, which does not count. */
  readonly conflicts: number;
  readonly refused: readonly ReasonGroup[];
  readonly timeZone: string;
  readonly currency: string;
  /** Running jobs are priced up to here. */
  readonly asOf: string;
  readonly groupBy: string;
  /** The sum of the months. */
  readonly total: string;
  readonly months: readonly EstimatedMonth[];
  readonly unrated: readonly UnratedTime[];
}

export interface Pricing {
  readonly tariffs: TariffBook;
  readonly calendar: Calendar;
  readonly currency: string;
}

export interface EstimateOptions {
  readonly grouping: Grouping;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Events between two reports of progress. */
const PROGRESS_EVENTS = 1_000;

/** Adds up the charges of a project in a month. */
const createProjectMonth = (month: string, { calendar, currency }: Pricing, grouping: Grouping) => {
  const fold = createUsageFold(month, calendar, currency);
  const groups = createGroups(grouping);
  let minutes = 0;
  return {
    add(charge: FinalCharge, status: Status | undefined) {
      fold.add(charge);
      groups.add(charge, status);
      minutes += charge.minutes;
    },
    result(projectId: string): EstimatedProject {
      const lines = fold.lines();
      return {
        ...{ projectId, minutes, total: totalOf(lines, currency) },
        lines: linesView(lines, currency),
        groups: groups.result(lines, currency),
      };
    },
  };
};

const sumOf = (totals: readonly { readonly total: string }[], currency: string): string =>
  formatMinor(
    totals.reduce((sum, { total }) => sum + parseMinor(total), 0n),
    currency,
  );

/** Adds up charges by month and project. */
const createMonths = (pricing: Pricing, { grouping, now }: EstimateOptions) => {
  type ProjectMonth = ReturnType<typeof createProjectMonth>;
  const months = new Map<string, Map<string, ProjectMonth>>();
  const { currency, calendar } = pricing;
  return {
    add(charge: FinalCharge, status: Status | undefined) {
      const { usageMonth, projectId } = charge;
      const projects = months.get(usageMonth) ?? new Map<string, ProjectMonth>();
      months.set(usageMonth, projects);
      const project = projects.get(projectId) ?? createProjectMonth(usageMonth, pricing, grouping);
      projects.set(projectId, project);
      project.add(charge, status);
    },
    result: (): EstimatedMonth[] =>
      [...months]
        .sort(([a], [b]) => compareText(a, b))
        .map(([month, byProject]) => {
          const projects = [...byProject]
            .sort(([a], [b]) => compareText(a, b))
            .map(([projectId, project]) => project.result(projectId));
          const isCurrent = calendar.month(month).end > now;
          return { month, ...(isCurrent && { current: true }), total: sumOf(projects, currency), projects };
        }),
  };
};

/** The resources behind a charge. */
const resourcesOf = ({ statedBy }: FinalCharge, { statedResources }: Lifecycle) =>
  statedResources.find((stated) => isSameEvent(stated.statedBy, statedBy))?.resources;

/** Derives the charges of jobs and adds them up. */
const createJobFold = (pricing: Pricing, options: EstimateOptions) => {
  const { tariffs, calendar } = pricing;
  const { now } = options;
  const months = createMonths(pricing, options);
  const unrated = createUnratedTime();
  const waiting = createWaitingJobs();
  const toLive = (charge: DerivedCharge) => toLiveCharge(charge, { calendar }, tariffs, now).charges;
  return {
    add(job: JobRef, facts: readonly Fact[]) {
      const derived = deriveCharges(facts, tariffs, calendar);
      const charges = derived.flatMap(toLive);
      const lifecycle = readLifecycle(facts);
      for (const charge of charges) {
        months.add(charge, lifecycle.status);
        unrated.add(charge, resourcesOf(charge, lifecycle));
      }
      waiting.add(job, derived, heldTimeOf(charges, pricing, tariffs, now));
    },
    result: () => ({ months: months.result(), unrated: unrated.result(), ...waiting.result() }),
  };
};

/**
 * What events would cost if they were recorded in an empty table: figures of the statements, since
 * charges, lines and groups are made by the same functions. Holds all events in memory.
 */
export const estimateEvents = async (
  events: AsyncIterable<ReportedEvent>,
  pricing: Pricing,
  options: EstimateOptions,
  onProgress: (events: number) => void = () => {},
): Promise<Estimate> => {
  const { calendar, currency } = pricing;
  const { now, grouping } = options;
  const counts = { recorded: 0, duplicate: 0, conflict: 0 };
  const refused = createReasons();
  const times = createTimeRange();
  const logs = createJobLogs();
  let read = 0;
  for await (const event of events) {
    const recordable = readReported(event, now);
    if (isRefused(recordable)) refused.add(recordable.reason, `${event.id} of ${event.subject}`);
    else {
      counts[logs.record(recordable)] += 1;
      times.add(recordable.fact.time);
    }
    read += 1;
    if (read % PROGRESS_EVENTS === 0) onProgress(read);
  }

  const fold = createJobFold(pricing, options);
  let jobs = 0;
  for (const { job, facts } of logs.jobs()) {
    fold.add(job, facts);
    jobs += 1;
  }
  const { months, ...rest } = fold.result();
  return {
    ...{ jobs, events: counts.recorded, known: counts.duplicate, conflicts: counts.conflict },
    refused: refused.result(),
    ...times.result(),
    ...{ timeZone: calendar.timeZone, currency, asOf: isoTime(now), groupBy: groupingText(grouping) },
    ...{ total: sumOf(months, currency), months, ...rest },
  };
};
