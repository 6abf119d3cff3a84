import { DAY_MS } from '../../lib/billing/minutes.ts';
import { formatMinor, parseMinor } from '../../lib/billing/money.ts';
import { addMonths, createCalendar, monthsFrom } from '../../lib/billing/months.ts';
import type { DraftTariff } from '../../lib/operations/tariffs/publish.ts';
import type { Statement } from '../../lib/shapes/statement.ts';
import type { ReportedEvent } from '../../lib/sources/reported-event.ts';
import type { Differences } from '../compare.ts';
import { type ComparedProject, compareStatementsWithOracle, walkEvents } from './expected-bills.ts';
import { fitEvents, type Shift } from './fit-events.ts';

export interface SentCounts {
  readonly recorded: number;
  readonly duplicates: number;
}

export type OnProgress = (text: string) => void;

/** What a trace is played on: a local stack, or the operations over a table in memory. */
export interface TraceStage {
  publish(tariff: DraftTariff): Promise<void>;
  /** Sends all events, in order. */
  send(events: readonly ReportedEvent[], onProgress: OnProgress): Promise<SentCounts>;
  /** Waits until the jobs of all sent events are settled. */
  settled(): Promise<void>;
  /** Closes a month that has ended. */
  close(month: string, onProgress: OnProgress): Promise<void>;
  /** All statements of a project. */
  statements(projectId: string): Promise<readonly Statement[]>;
}

export interface TraceReport {
  readonly jobs: number;
  readonly jobsLeftOut: number;
  readonly events: number;
  readonly shifts: readonly Shift[];
  readonly months: readonly string[];
  readonly currency: string;
  /** Billed minutes and amount, over all projects. */
  readonly minutes: number;
  readonly total: string;
  readonly projects: readonly ComparedProject[];
  readonly differences: Differences;
}

const CURRENCY = 'EUR';

/** A price for each flavor: CPU hours where it is `cpu`, else GPU hours at a price of its own. */
export const tariffFor = (events: readonly ReportedEvent[]): DraftTariff => {
  const calendar = createCalendar('UTC');
  const flavors = new Set(events.flatMap(({ data }) => data.resources?.flavor ?? []));
  const [first] = events;
  return {
    name: 'flavors of a trace',
    effectiveFrom: first ? calendar.monthOf(Date.parse(first.time)).start : 0,
    currency: CURRENCY,
    billableStatuses: ['RUNNING'],
    maxRunningMs: 28 * DAY_MS,
    maxSilenceMs: 7 * DAY_MS,
    prices: Object.fromEntries(
      [...flavors]
        .sort()
        .map((flavor, index) =>
          flavor === 'cpu'
            ? [flavor, { unit: 'cpu', pricePerHour: '0.03' }]
            : [flavor, { unit: 'gpu', pricePerHour: `${index + 1}.93` }],
        ),
    ),
  };
};

const statementsOf = async (stage: TraceStage, projectIds: readonly string[], onProgress: OnProgress) => {
  const statements: Statement[] = [];
  for (const [index, projectId] of projectIds.entries()) {
    statements.push(...(await stage.statements(projectId)));
    onProgress(`read statements of ${index + 1} of ${projectIds.length} projects`);
  }
  return statements;
};

/**
 * Plays a trace: publishes a tariff, sends the events, closes every month in order, and compares
 * the statements with the oracle.
 */
export const playTrace = async (
  stage: TraceStage,
  trace: readonly ReportedEvent[],
  { now, onProgress }: { readonly now: number; readonly onProgress: OnProgress },
): Promise<TraceReport> => {
  const { events, shifts, jobsLeftOut } = fitEvents(trace, now);
  const draft = tariffFor(events);
  const calendar = createCalendar('UTC');
  const lastMonth = addMonths(calendar.monthOf(now).id, -1);
  const months = events.length > 0 ? monthsFrom(calendar.monthOf(draft.effectiveFrom).id, lastMonth) : [];

  await stage.publish(draft);
  const { recorded, duplicates } = await stage.send(events, onProgress);
  const lost = events.length - recorded - duplicates;
  onProgress('waiting until all jobs are settled');
  await stage.settled();
  for (const month of months) {
    onProgress(`closing ${month}`);
    await stage.close(month, onProgress);
  }

  const projectIds = [...new Set(events.map(({ data }) => data.projectId))].sort();
  const statements = await statementsOf(stage, projectIds, onProgress);
  const { jobs, pieces } = await walkEvents(events, { ...draft, revision: 1 }, onProgress);
  const compared = compareStatementsWithOracle(pieces, statements, { currency: CURRENCY, upTo: lastMonth });
  const { projects } = compared;
  return {
    ...{ jobs, jobsLeftOut, events: events.length, shifts, months, currency: CURRENCY, projects },
    minutes: projects.reduce((sum, { billed }) => sum + billed.minutes, 0),
    total: formatMinor(
      projects.reduce((sum, { billed }) => sum + parseMinor(billed.total), 0n),
      CURRENCY,
    ),
    differences: [...(lost === 0 ? [] : [`${lost} events were not recorded`]), ...compared.differences],
  };
};
