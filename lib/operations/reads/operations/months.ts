import { HOUR_MS } from '../../../billing/minutes.ts';
import type { Operations } from '../../../shapes/operations.ts';
import type { StatementDraft } from '../../../store/statement-drafts.ts';
import type { BillingContext } from '../../billing-context.ts';
import { SHARDS } from '../../close/changed-months.ts';
import { lastEndedMonth, openMonths } from '../../close/open-months.ts';
import { isoTime } from '../../public-shapes.ts';

/** Months that are shown of each kind. */
const MONTHS_SHOWN = 12;
/** How long after it could be closed a month is overdue: longer than a close takes. */
const OVERDUE_MS = HOUR_MS;

const statementsOf = (shards: readonly { readonly statements: number }[]): number =>
  shards.reduce((sum, { statements }) => sum + statements, 0);

type ClosedMonths = Awaited<ReturnType<BillingContext['store']['latestClosedMonths']>>;

const readClosed = ({ store }: BillingContext, months: ClosedMonths): Promise<Operations['closed']> =>
  Promise.all(
    months.map(async ({ month, closedAt }) => {
      const shards = await store.readShards(month);
      return {
        ...{ month, closedAt: isoTime(closedAt) },
        ...(shards.length > 0 && { statements: statementsOf(shards) }),
      };
    }),
  );

/** From when on the schedule closes a month that has ended, as `closableMonths` has it. */
const closesAtOf = async (
  { store, calendar }: BillingContext,
  closeAfterMs: number,
  lastClosed: string | undefined,
  now: number,
) => {
  const firstUsage = lastClosed === undefined ? ((await store.readFirstUsage()) ?? now) : 0;
  return (month: string) => Math.max(calendar.month(month).end, firstUsage) + closeAfterMs;
};

type OpenMonth = Operations['open']['months'][number];

const readOpenMonth = async (
  { store, calendar }: BillingContext,
  month: string,
  closesAt: number,
): Promise<Omit<OpenMonth, 'overdue' | 'drafts'>> => {
  const shards = await store.readShards(month);
  return {
    month,
    endedAt: isoTime(calendar.month(month).end),
    closesAt: isoTime(closesAt),
    shards: {
      done: shards.filter(({ step }) => step === 'done').length,
      begun: shards.length,
      of: SHARDS.length,
    },
    statements: statementsOf(shards),
    failures: shards.flatMap(({ failures }) =>
      failures.map(({ projectId, error }) => ({ projectId, error })),
    ),
  };
};

/** The closed months, and how far the close of each open one is. */
export const readMonths = async (context: BillingContext, closeAfterMs: number, now: number) => {
  const closed = await context.store.latestClosedMonths(MONTHS_SHOWN);
  const lastClosed = closed[0]?.month;
  const months = await openMonths(context, lastEndedMonth(context), lastClosed);
  const closesAt = await closesAtOf(context, closeAfterMs, lastClosed, now);
  const shown = months.slice(0, MONTHS_SHOWN);
  const open = await Promise.all(shown.map((month) => readOpenMonth(context, month, closesAt(month))));
  return { closed: await readClosed(context, closed), shown, open, count: months.length };
};

/**
 * The open months with the drafts that nobody has decided on. One that waits for people only is not
 * overdue.
 */
export const withDrafts = (
  { open, count }: Pick<Awaited<ReturnType<typeof readMonths>>, 'open' | 'count'>,
  drafts: readonly Pick<StatementDraft, 'month' | 'state'>[],
  now: number,
): Operations['open'] => ({
  count,
  months: open.map((each) => {
    const ofMonth = drafts.filter(({ month }) => month === each.month);
    const waitsForPeople = each.failures.length === 0 && ofMonth.some(({ state }) => state !== 'approved');
    const isOverdue = now > Date.parse(each.closesAt) + OVERDUE_MS && !waitsForPeople;
    return {
      ...each,
      ...(isOverdue && { overdue: true as const }),
      drafts: ofMonth.filter(({ state }) => state === 'waits').length,
    };
  }),
});
