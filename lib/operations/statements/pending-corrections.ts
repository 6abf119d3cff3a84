import { type Charge, type FinalCharge, type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { addMonths } from '../../billing/months.ts';
import { Refusal } from '../../refusal.ts';
import type { Corrections, Usage } from '../../shapes/usage.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { monthsMarkedSince } from '../close/changed-months.ts';
import { linesView } from '../public-shapes.ts';
import { type ChargeWithBilling, chargesWithBilling } from './billed-charges.ts';
import { createDamageCheck } from './damage-check.ts';
import { recordOf } from './prepare-statement.ts';
import { createStatementFold } from './statement-totals.ts';

/** An open charge as the final ones that the next close makes of it in the closed months. */
const withoutOpenCharges =
  (lastClosed: string, toFinal: (charge: OpenCharge) => readonly FinalCharge[]) =>
  (charge: ChargeWithBilling): readonly ChargeWithBilling<Charge>[] => {
    const { jobId, stored, lastBilled } = charge;
    if (stored?.kind !== 'open') return [charge];
    const passed = toFinal(stored).filter(({ usageMonth }) => usageMonth <= lastClosed);
    return passed.length === 0
      ? [charge]
      : passed.map((final) => ({
          ...{ jobId, start: final.start, stored: final },
          ...(final.start === charge.start && lastBilled && { lastBilled }),
        }));
  };

/** Pages of the charges of a month; fails where a close would bill none of it. */
async function* billableCharges(
  { store }: BillingContext,
  projectMonth: ProjectMonth,
  statementIndex: StatementIndex,
): AsyncGenerator<readonly ChargeWithBilling[]> {
  const damage = createDamageCheck(projectMonth, statementIndex);
  for await (const page of chargesWithBilling(store, projectMonth, statementIndex)) {
    for (const charge of page) damage.add(charge);
    yield page;
  }
  damage.end();
}

/** What is due for closed months, where it can be billed. */
const computeCorrections = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
): Promise<Corrections | undefined> => {
  const { store, calendar, currency } = context;
  const lastClosed = await store.readLastClosedMonth();
  if (lastClosed === undefined || month !== addMonths(lastClosed, 1)) return undefined;
  const marked = await monthsMarkedSince(context, projectId, month, now);
  const usageMonths = marked.filter((usageMonth) => usageMonth <= lastClosed);
  if (usageMonths.length === 0) return undefined;
  const statementIndex = await store.readStatementIndex(projectId);
  const tariffs = await context.tariffs();
  const asBilledNext = withoutOpenCharges(lastClosed, (open) =>
    priceOpenCharge(open, tariffs, calendar, now),
  );
  const totals = createStatementFold();
  for (const usageMonth of usageMonths)
    for await (const page of billableCharges(context, { projectId, usageMonth }, statementIndex))
      for (const charge of page.flatMap(asBilledNext)) {
        const record = recordOf('', charge.stored?.usageMonth ?? usageMonth, charge);
        if (record) totals.add(record);
        else if (charge.lastBilled) totals.keep(charge.lastBilled);
      }
  const { lines, total } = totals.result(month, currency);
  return lines.length === 0 ? undefined : { total, currency, lines: linesView(lines, currency) };
};

/**
 * What is due for closed usage months and on no statement yet: the next statement has it. Only for
 * the first month that is not closed; nothing if nothing is due. Where a close would bill nothing,
 * since the table is damaged, the reason instead.
 */
export const pendingCorrections = async (
  ...of: Parameters<typeof computeCorrections>
): Promise<Pick<Usage, 'corrections' | 'correctionsUnknown'>> => {
  try {
    const corrections = await computeCorrections(...of);
    return { ...(corrections && { corrections }) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { correctionsUnknown: error.message };
  }
};
