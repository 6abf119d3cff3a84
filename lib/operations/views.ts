import type { Evidence, FinalCharge, Held } from '../billing/charges.ts';
import { isUnrated } from '../billing/charges.ts';
import { amountTimes60, formatMinor, roundHalfUp } from '../billing/money.ts';
import type { Position } from '../billing/statement.ts';
import type { Attention, Statement, StatementSummary } from '../store/store.ts';

/** Public shapes: times as ISO 8601 strings, money as decimal strings. */
export const isoTime = (time: number): string => new Date(time).toISOString();

const evidenceView = ({ source, id, time }: Evidence) => ({ source, id, time: isoTime(time) });

const heldView = ({ from, until }: Held) => ({
  from: isoTime(from),
  ...(until !== undefined && { until: isoTime(until) }),
});

/** A charge or billed position with all it takes to compute it again: `amountTimes60 = minutes x units x pricePerHour`. */
export const positionView = (position: Position) => {
  const { jobId, usageMonth, start, end, flavor, unit, units, minutes, tariff, pricePerHour } = position;
  const { amount, openedBy, endedBy, held } = position;
  return {
    jobId,
    usageMonth,
    start: isoTime(start),
    end: isoTime(end),
    ...(flavor !== undefined && { flavor, unit, units, unitMinutes: minutes * (units ?? 0) }),
    minutes,
    ...(tariff !== undefined && { tariff }),
    ...(pricePerHour !== undefined && { pricePerHour }),
    amountTimes60: amountTimes60(amount),
    openedBy: evidenceView(openedBy),
    endedBy:
      endedBy.cause === 'fact'
        ? { cause: endedBy.cause, fact: evidenceView(endedBy.fact) }
        : { cause: endedBy.cause },
    ...(held && { held: heldView(held) }),
  };
};

export type PositionView = ReturnType<typeof positionView>;

export const chargeView = ({ kind: _, projectId, ...position }: FinalCharge, running: boolean) => ({
  projectId,
  state: running ? ('running' as const) : ('final' as const),
  ...positionView(position),
});

/** The exact cost of some charges, rounded once. */
export const costOf = (charges: readonly FinalCharge[], currency: string): string =>
  formatMinor(
    roundHalfUp(
      charges.reduce((sum, charge) => sum + charge.amount, 0n),
      currency,
    ),
    currency,
  );

export const minutesOf = (charges: readonly FinalCharge[]): number =>
  charges.reduce((sum, charge) => sum + charge.minutes, 0);

export const unratedMinutesOf = (charges: readonly FinalCharge[]): number =>
  minutesOf(charges.filter(isUnrated));

export const summaryView = ({ month, statementId, currency, total, issuedAt }: StatementSummary) => ({
  month,
  statementId,
  currency,
  total,
  issuedAt: isoTime(issuedAt),
});

const attentionView = ({ count, charges }: Attention) => ({
  count,
  charges: charges.map(({ start, heldFrom, ...charge }) => ({
    ...charge,
    start: isoTime(start),
    ...(heldFrom !== undefined && { heldFrom: isoTime(heldFrom) }),
  })),
});

export const statementView = ({
  projectId,
  timeZone,
  lines,
  included,
  unrated,
  held,
  ...summary
}: Statement) => ({
  projectId,
  timeZone,
  ...summaryView(summary),
  lines: lines.map((line) => ({ ...line, currency: summary.currency })),
  included: included.map((item) => ({ item, amount: formatMinor(0n, summary.currency) })),
  unrated: attentionView(unrated),
  held: attentionView(held),
});
