import type { Evidence, FinalCharge, Held } from '../billing/charges.ts';
import { isUnrated } from '../billing/charges.ts';
import { amountTimes60, formatMinor, roundHalfUp } from '../billing/money.ts';
import type { Line, Position } from '../billing/statement.ts';
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

/** Written out, so that a statement reads the same to the byte however the table orders a line's attributes. */
const lineView = (line: Line, currency: string) => ({
  flavor: line.flavor,
  unit: line.unit,
  usageMonth: line.usageMonth,
  kind: line.kind,
  minutes: line.minutes,
  unitMinutes: line.unitMinutes,
  pricePerHour: line.pricePerHour,
  amount: line.amount,
  currency,
  cumulativeUnitMinutes: line.cumulativeUnitMinutes,
});

export const linesView = (lines: readonly Line[], currency: string) =>
  lines.map((line) => lineView(line, currency));

const attentionView = ({ count, charges }: Attention) => ({
  count,
  charges: charges.map(({ jobId, usageMonth, start, minutes, flavor, heldFrom }) => ({
    jobId,
    usageMonth,
    start: isoTime(start),
    minutes,
    ...(flavor !== undefined && { flavor }),
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
  lines: linesView(lines, summary.currency),
  included: included.map((item) => ({
    item,
    amount: formatMinor(0n, summary.currency),
    currency: summary.currency,
  })),
  unrated: attentionView(unrated),
  held: attentionView(held),
});
