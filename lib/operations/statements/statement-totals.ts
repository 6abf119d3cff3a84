import type { BilledCharge } from '../../billing/billed-charge.ts';
import { isUnrated } from '../../billing/charges.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import type { Statement, StatementSums, UnbilledCharges } from '../../billing/statement.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { createCappedList } from '../capped-list.ts';

const toUnbilled = ({
  jobId,
  usageMonth,
  start,
  minutes,
  flavor,
  held,
}: BilledCharge): UnbilledCharges['charges'][number] => ({
  jobId,
  usageMonth,
  start,
  minutes,
  ...(flavor !== undefined && { flavor }),
  ...(held && { held }),
});

/** The part of a statement that follows from its billed charges and those before. */
export type StatementContent = Pick<
  Statement,
  'lines' | 'total' | 'unrated' | 'held' | 'usageMonths' | 'billedCounts'
>;

/** Whether a statement is issued at all: changes that cancel out bill nothing. */
export const hasContent = ({
  lines,
  unrated,
  held,
}: { readonly lines: readonly unknown[] } & Readonly<
  Record<'unrated' | 'held', Pick<UnbilledCharges, 'count'>>
>): boolean => lines.length > 0 || unrated.count > 0 || held.count > 0;

/**
 * Adds up a statement from billed charges by usage month, job and start: when it is issued, and
 * when it is checked. Memory grows with line keys, not with charges. Continues the sums of a
 * checkpoint.
 */
export const createStatementFold = (from?: StatementSums) => {
  const lineFold = createLineFold(from?.lines);
  const unrated = createCappedList(from?.unrated);
  const held = createCappedList(from?.held);
  const counts = new Map(from?.usageMonths.map((month, index) => [month, from.billedCounts[index] ?? 0]));
  const unbilled = () => ({ unrated: unrated.result(), held: held.result() });
  const billed = () => ({ usageMonths: [...counts.keys()], billedCounts: [...counts.values()] });

  return {
    /** Adds a charge that this statement does not change. */
    keep(billed: BilledCharge) {
      lineFold.before(billed);
      lineFold.after(billed);
    },

    /** Adds a charge that this statement bills, or no longer bills. */
    add({ billed, replaces, usageMonth }: BilledChargeRecord) {
      if (replaces) lineFold.before(replaces);
      if (billed) lineFold.after(billed);
      if (billed && isUnrated(billed)) unrated.add(() => toUnbilled(billed));
      if (billed?.held) held.add(() => toUnbilled(billed));
      counts.set(usageMonth, (counts.get(usageMonth) ?? 0) + 1);
    },

    sums: (): StatementSums => ({
      lines: lineFold.sums(),
      ...unbilled(),
      ...billed(),
    }),

    result(month: string, currency: string): StatementContent {
      const lines = lineFold.lines(month, currency);
      return {
        lines,
        total: totalOf(lines, currency),
        ...unbilled(),
        ...billed(),
      };
    },
  };
};
