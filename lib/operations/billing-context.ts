import type { Charge } from '../billing/charges.ts';
import { DAY_MS, MINUTE_MS } from '../billing/minutes.ts';
import { type Calendar, createCalendar, monthsFrom } from '../billing/months.ts';
import { createTariffBook, type TariffBook } from '../billing/tariff.ts';
import type { ProjectMonth } from '../store/keys.ts';
import type { Settings } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import { createSettledJobs, type SettledJobs } from './settle/settled-jobs.ts';

/** Retention of changed-month marks. */
const MARK_RETENTION_MS = 800 * DAY_MS;
/** Size of the cache of marks. A mark that is not in it is written again. */
const MARKS_CACHED = 100_000;
/**
 * Lifetime of cached tariffs in a process, unless all processes of the table have a shorter one. A
 * backdated publication waits longer than this.
 */
export const TARIFF_CACHE_MS = 30_000;

/** Maximum difference of two clocks, and of a fact's time to a clock. */
const CLOCKS_APART_MS = 10 * MINUTE_MS;

/** The cache of a process, shared by its invocations. */
export interface Memory {
  /** Changed-month marks that it has written. */
  readonly marks: Set<string>;
  tariffs?: { readonly readAt: number; readonly reading: Promise<TariffBook> } | undefined;
  /** Jobs that it has settled as the stream delivered their facts. */
  readonly settledJobs: SettledJobs;
}

export const createMemory = (): Memory => ({ marks: new Set(), settledJobs: createSettledJobs() });

/** The store, calendar, clock and settings of an operation. Opened once an invocation. */
export interface BillingContext {
  readonly store: Store;
  readonly calendar: Calendar;
  readonly currency: string;
  /** The month of first use of the table. */
  readonly since: string;
  now(): number;
  pause(ms: number): Promise<unknown>;
  newId(): string;
  /** For how long the processes of this table cache its tariffs. */
  readonly tariffCacheMs: number;
  /** The tariffs, cached for at most that long, or read afresh. */
  tariffs(freshness?: 'fresh'): Promise<TariffBook>;
  /** Writes the mark of a charge before the charge (protocol rule 4); `fresh` ignores the cache. */
  markChanged(mark: ProjectMonth, freshness?: 'fresh'): Promise<void>;
  readonly onChargesWritten: OnChargesWritten;
  readonly settledJobs: SettledJobs;
}

/** Called by settle with charges that were stored, not with those that a newer version refused. */
export type OnChargesWritten = (
  charges: readonly Charge[],
  context: Pick<BillingContext, 'tariffs' | 'calendar'>,
) => Promise<void>;

/** Callbacks of a context. */
export type ContextHooks = Partial<Pick<BillingContext, 'onChargesWritten'>>;

/** A calendar caches its months, so a process has one for each time zone. */
const calendars = new Map<string, Calendar>();
const calendarOf = (timeZone: string): Calendar => {
  const calendar = calendars.get(timeZone) ?? createCalendar(timeZone);
  calendars.set(timeZone, calendar);
  return calendar;
};

/** The purpose of a context. A read does not fix the settings of an unused table. */
export type Use = 'write' | 'read';

type ConfiguredSettings = Pick<Settings, 'timeZone' | 'currency'>;

/** The settings of a table that is first used now. */
export const firstSettings = ({ timeZone, currency }: ConfiguredSettings, now: number): Settings => ({
  timeZone,
  currency,
  since: calendarOf(timeZone).monthOf(now).id,
});

const refuseOthers = (configured: ConfiguredSettings, stored: Settings): void => {
  for (const [name, now, first] of [
    ['BILLING_TIME_ZONE', configured.timeZone, stored.timeZone],
    ['BILLING_CURRENCY', configured.currency, stored.currency],
  ] as const)
    if (now !== first)
      throw new Error(
        `this table bills with ${name}=${first} and cannot be used with ${now}: months already billed would change`,
      );
};

/** The settings of the table, fixed now if it is unused. Another zone or currency is an error. */
export const agreeOnSettings = async (
  store: Store,
  configured: ConfiguredSettings,
  now: number,
): Promise<Settings> => {
  const settings = await store.agreeOnSettings(firstSettings(configured, now));
  refuseOthers(configured, settings);
  return settings;
};

/** The same without fixing them: nothing if the table is unused. */
export const findSettings = async (
  store: Store,
  configured: ConfiguredSettings,
): Promise<Settings | undefined> => {
  const settings = await store.readSettings();
  if (settings) refuseOthers(configured, settings);
  return settings;
};

/** Months in which marks may have been written since `first`, by clocks ahead of this one too. */
export const writingMonths = (
  { calendar }: Pick<BillingContext, 'calendar'>,
  first: string,
  now: number,
): string[] => monthsFrom(first, calendar.monthOf(now + CLOCKS_APART_MS).id);

/** Whether all marks written in a month still exist: they expire. */
export const areMarksKept = (
  { calendar, now }: Pick<BillingContext, 'calendar' | 'now'>,
  month: string,
): boolean => now() < calendar.month(month).start + MARK_RETENTION_MS;

/** Opens the context of one invocation. All contexts of a process share its cache. */
export const openContext = (
  store: Store,
  { timeZone, currency, since }: Settings,
  {
    memory = createMemory(),
    onChargesWritten = async () => {},
    tariffCacheMs = TARIFF_CACHE_MS,
    ...process
  }: Pick<BillingContext, 'now' | 'pause' | 'newId'> &
    Partial<Pick<BillingContext, 'tariffCacheMs'>> &
    ContextHooks & { readonly memory?: Memory },
): BillingContext => {
  const calendar = calendarOf(timeZone);
  const { now } = process;
  const { marks, settledJobs } = memory;

  return {
    ...process,
    onChargesWritten,
    settledJobs,
    tariffCacheMs,
    store,
    calendar,
    currency,
    since,
    tariffs: (freshness) => {
      const cached = memory.tariffs;
      if (freshness !== 'fresh' && cached && now() < cached.readAt + tariffCacheMs) return cached.reading;
      const readAt = now();
      const reading = store.readTariffs().then(createTariffBook);
      memory.tariffs = { readAt, reading };
      // A failed read is not cached.
      reading.catch(() => {
        if (memory.tariffs?.reading === reading) memory.tariffs = undefined;
      });
      return reading;
    },
    markChanged: async (mark, freshness) => {
      const writing = calendar.monthOf(now());
      const month = mark.usageMonth > writing.id ? mark.usageMonth : writing.id;
      const id = `${month} ${mark.usageMonth} ${mark.projectId}`;
      if (freshness !== 'fresh' && marks.has(id)) return;
      await store.markChanged(
        month,
        mark,
        Math.ceil((calendar.month(month).start + MARK_RETENTION_MS) / 1000),
      );
      if (marks.size >= MARKS_CACHED) marks.clear();
      marks.add(id);
    },
  };
};

/** The context of a preview: what it writes stays in memory, and nothing is counted. */
export const scratchContext = ({
  store,
  calendar,
  currency,
  since,
  tariffs,
  ...process
}: BillingContext): BillingContext => {
  const { now, pause, newId } = process;
  const settings = { timeZone: calendar.timeZone, currency, since };
  return { ...openContext(store.scratch(), settings, { now, pause, newId }), tariffs };
};
