import type { Charge } from '../billing/charges.ts';
import { DAY_MS, MINUTE_MS } from '../billing/minutes.ts';
import { type Calendar, createCalendar, monthsFrom } from '../billing/months.ts';
import { createTariffBook, type TariffBook } from '../billing/tariff.ts';
import type { ChangedMonth } from '../store/changed-months.ts';
import type { Settings } from '../store/settings.ts';
import type { Store } from '../store/store.ts';

const MARK_KEPT_MS = 800 * DAY_MS;
/** Marks remembered; forgetting one costs a write, never a cent. */
const MARKS_REMEMBERED = 100_000;
/** Tariffs are remembered for so long by the clock of one process; a tariff that takes effect at once waits longer (`publishTariff`). */
export const TARIFFS_REMEMBERED_MS = 5_000;

/** So far ahead of ours another clock may be, and a fact ahead of that one. */
const CLOCKS_APART_MS = 10 * MINUTE_MS;

/** What a process remembers from one invocation to the next. */
export interface Memory {
  /** Due marks that it has put. */
  readonly marks: Set<string>;
  tariffs?: { readonly readAt: number; readonly reading: Promise<TariffBook> } | undefined;
}

export const createMemory = (): Memory => ({ marks: new Set() });

/** What every operation works on: the store, the calendar it bills by, and the clock. Opened once an invocation. */
export interface BillingContext {
  readonly store: Store;
  readonly calendar: Calendar;
  readonly currency: string;
  /** The month the table was first used in. */
  readonly since: string;
  now(): number;
  pause(ms: number): Promise<unknown>;
  newId(): string;
  /** The tariffs as they were at most {@link TARIFFS_REMEMBERED_MS} ago, or read afresh. */
  tariffs(freshness?: 'fresh'): Promise<TariffBook>;
  /** Announces a charge that is about to be written to the close (protocol rule 4); afresh, even if it was announced before. */
  markChanged(mark: ChangedMonth, freshness?: 'fresh'): Promise<void>;
  readonly onChargesWritten: OnChargesWritten;
}

/** Called by settle with charges after they were stored; not with those that a newer version refused. */
export type OnChargesWritten = (
  charges: readonly Charge[],
  context: Pick<BillingContext, 'tariffs' | 'calendar'>,
) => Promise<void>;

/** What the opener of a context may be told of. */
export type LedgerHooks = Partial<Pick<BillingContext, 'onChargesWritten'>>;

/** A calendar remembers its months, so a process has one of each zone. */
const calendars = new Map<string, Calendar>();
const calendarOf = (timeZone: string): Calendar => {
  const calendar = calendars.get(timeZone) ?? createCalendar(timeZone);
  calendars.set(timeZone, calendar);
  return calendar;
};

/** What a context is opened for. */
export type Use = 'write' | 'read';

type ConfiguredSettings = Pick<Settings, 'timeZone' | 'currency'>;

/** What a table is used with that is first used now. */
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

/** What the table was first used with, or an error if that was another time zone or currency. This may be its first use. */
export const agreeOnSettings = async (
  store: Store,
  configured: ConfiguredSettings,
  now: number,
): Promise<Settings> => {
  const settings = await store.agreeOnSettings(firstSettings(configured, now));
  refuseOthers(configured, settings);
  return settings;
};

/** The same, but nothing if the table has not been used: reading it is no use of it. */
export const findSettings = async (
  store: Store,
  configured: ConfiguredSettings,
): Promise<Settings | undefined> => {
  const settings = await store.readSettings();
  if (settings) refuseOthers(configured, settings);
  return settings;
};

/** The months in which marks may have been written from `first` on: whoever wrote one may already have been in the next month. */
export const writingMonths = (
  { calendar }: Pick<BillingContext, 'calendar'>,
  first: string,
  now: number,
): string[] => monthsFrom(first, calendar.monthOf(now + CLOCKS_APART_MS).id);

/** Whether all marks written in a month are still there: the table may forget them some time after. */
export const areMarksKept = (
  { calendar, now }: Pick<BillingContext, 'calendar' | 'now'>,
  month: string,
): boolean => now() < calendar.month(month).start + MARK_KEPT_MS;

/** Opens the context for one invocation; all contexts of a process share its memory. */
export const openContext = (
  store: Store,
  { timeZone, currency, since }: Settings,
  {
    memory = createMemory(),
    onChargesWritten = async () => {},
    ...process
  }: Pick<BillingContext, 'now' | 'pause' | 'newId'> & LedgerHooks & { readonly memory?: Memory },
): BillingContext => {
  const calendar = calendarOf(timeZone);
  const { now } = process;
  const { marks } = memory;

  return {
    ...process,
    onChargesWritten,
    store,
    calendar,
    currency,
    since,
    tariffs: (freshness) => {
      const known = memory.tariffs;
      if (freshness !== 'fresh' && known && now() < known.readAt + TARIFFS_REMEMBERED_MS)
        return known.reading;
      const readAt = now();
      const reading = store.readTariffs().then(createTariffBook);
      memory.tariffs = { readAt, reading };
      // A failed read is not remembered: whoever tries again reads again.
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
      await store.markChanged(month, mark, Math.ceil((calendar.month(month).start + MARK_KEPT_MS) / 1000));
      if (marks.size >= MARKS_REMEMBERED) marks.clear();
      marks.add(id);
    },
  };
};
