import { DAY_MS } from '../billing/minutes.ts';
import { type Calendar, createCalendar } from '../billing/months.ts';
import { createTariffBook, type TariffBook } from '../billing/tariff.ts';
import type { DueMark, Settings, Store } from '../store/store.ts';

const MARK_KEPT_MS = 800 * DAY_MS;
/** Marks remembered; forgetting one costs a write, never a cent. */
const MARKS_REMEMBERED = 10_000;

/** What every operation works on: the store, the calendar it bills by, and the clock. Opened once an invocation. */
export interface Ledger {
  readonly store: Store;
  readonly calendar: Calendar;
  readonly currency: string;
  /** The month the table was first used in. */
  readonly since: string;
  now(): number;
  newId(): string;
  /**
   * The tariffs as of the opening of the ledger, or read afresh. A ledger does not outlive its invocation, so a charge made from
   * the remembered tariffs is one whose facts a re-settle after a publication sees too.
   */
  tariffs(freshness?: 'fresh'): Promise<TariffBook>;
  /** Announces a charge that is about to be written to the close (protocol rule 4); afresh, even if it was announced before. */
  markDue(mark: DueMark, freshness?: 'fresh'): Promise<void>;
}

/** A calendar remembers its months, so a process has one of each zone. */
const calendars = new Map<string, Calendar>();
const calendarOf = (timeZone: string): Calendar => {
  const calendar = calendars.get(timeZone) ?? createCalendar(timeZone);
  calendars.set(timeZone, calendar);
  return calendar;
};

/** What the table was first used with, or an error if that was another time zone or currency. */
export const agreeOnSettings = async (
  store: Store,
  { timeZone, currency }: { readonly timeZone: string; readonly currency: string },
  now: number,
): Promise<Settings> => {
  const since = calendarOf(timeZone).monthOf(now).id;
  const settings = await store.agreeOnSettings({ timeZone, currency, since });
  for (const [name, asked, stored] of [
    ['BILLING_TIME_ZONE', timeZone, settings.timeZone],
    ['BILLING_CURRENCY', currency, settings.currency],
  ] as const)
    if (asked !== stored)
      throw new Error(
        `this table bills with ${name}=${stored} and cannot be used with ${asked}: months already billed would change`,
      );
  return settings;
};

/** Opens the ledger for one invocation. `marked` remembers the due marks a process has put, for all its ledgers. */
export const openLedger = (
  store: Store,
  { timeZone, currency, since }: Settings,
  { now, newId, marked = new Set() }: Pick<Ledger, 'now' | 'newId'> & { readonly marked?: Set<string> },
): Ledger => {
  const calendar = calendarOf(timeZone);
  let book: Promise<TariffBook> | undefined;

  return {
    store,
    calendar,
    currency,
    since,
    now,
    newId,
    tariffs: (freshness) => {
      if (freshness !== 'fresh' && book) return book;
      const reading = store.readTariffs().then(createTariffBook);
      book = reading;
      // A failed read is not remembered: whoever tries again reads again.
      reading.catch(() => {
        if (book === reading) book = undefined;
      });
      return reading;
    },
    markDue: async (mark, freshness) => {
      const writing = calendar.monthOf(now());
      const month = mark.usageMonth > writing.id ? mark.usageMonth : writing.id;
      const id = `${month} ${mark.usageMonth} ${mark.projectId}`;
      if (freshness !== 'fresh' && marked.has(id)) return;
      await store.markDue(month, mark, Math.ceil((calendar.month(month).start + MARK_KEPT_MS) / 1000));
      if (marked.size >= MARKS_REMEMBERED) marked.clear();
      marked.add(id);
    },
  };
};
