import { formatMinor, parseMinor } from '../../billing/money.ts';
import { hasBilled } from '../../billing/statement.ts';
import type { MonthBilled } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { mapAhead } from './map-ahead.ts';

/** Statements read at a time. */
const READ_AT_A_TIME = 10;

/**
 * What committed statements billed for a closed usage month, corrections included, and what is due
 * of its `total`; nothing while the month is not closed.
 */
export const readMonthBilled = async (
  { store, calendar, currency }: BillingContext,
  projectId: string,
  month: string,
  now: number,
  total: string,
): Promise<MonthBilled | undefined> => {
  if (calendar.month(month).end > now) return undefined;
  const lastClosed = await store.readLastClosedMonth();
  if (lastClosed === undefined || month > lastClosed) return undefined;
  const index = await store.readStatementIndex(projectId);
  const committed = index.statements.filter((summary) => hasBilled(summary, month));
  let sum = 0n;
  const statements: MonthBilled['statements'] = [];
  for await (const statement of mapAhead(committed, READ_AT_A_TIME, ({ month: of }) =>
    store.readStatement(projectId, of),
  )) {
    const lines = statement?.lines.filter(({ usageMonth }) => usageMonth === month) ?? [];
    if (!statement || lines.length === 0) continue;
    const amount = lines.reduce((minor, line) => minor + parseMinor(line.amount), 0n);
    sum += amount;
    statements.push({
      month: statement.month,
      kind: statement.month === month ? 'usage' : 'correction',
      amount: formatMinor(amount, currency),
      currency,
    });
  }
  const due = formatMinor(parseMinor(total) - sum, currency);
  return { total: formatMinor(sum, currency), due, currency, statements };
};
