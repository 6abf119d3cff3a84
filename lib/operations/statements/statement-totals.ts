import type { BilledCharge } from '../../billing/billed-charge.ts';
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
  ...(held && { heldFrom: held.from }),
});

/** What a statement says of its positions: everything that follows from its billed charges and those before. */
export type StatementContent = Pick<Statement, 'lines' | 'total' | 'unrated' | 'held' | 'usageMonths'>;

/** A project with nothing to say gets no statement: changes that cancel out ask for nothing. */
export const hasContent = ({ lines, unrated, held }: StatementContent): boolean =>
  lines.length > 0 || unrated.count > 0 || held.count > 0;

/**
 * Adds up a statement from the positions of its project: when it is issued, and again whenever it is checked. Positions come by usage
 * month, job and start, the order in which they are read. Memory grows with line keys, not positions. Goes on from another one, where given.
 */
export const createStatementFold = (from?: StatementSums) => {
  const lineFold = createLineFold(from?.lines);
  const unrated = createCappedList(from?.unrated);
  const held = createCappedList(from?.held);
  const usageMonths = new Set(from?.usageMonths);

  return {
    /** A position that earlier statements asked for and this one leaves as it is. */
    keep(billed: BilledCharge) {
      lineFold.before(billed);
      lineFold.after(billed);
    },

    /** A position that this statement asks for, or asks for no more. */
    add({ billed, replaces, usageMonth }: BilledChargeRecord) {
      if (replaces) lineFold.before(replaces);
      if (billed) lineFold.after(billed);
      if (billed && billed.pricePerHour === undefined) unrated.add(() => toUnbilled(billed));
      if (billed?.held) held.add(() => toUnbilled(billed));
      usageMonths.add(usageMonth);
    },

    sums: (): StatementSums => ({
      lines: lineFold.sums(),
      unrated: unrated.result(),
      held: held.result(),
      usageMonths: [...usageMonths],
    }),

    result(month: string, currency: string): StatementContent {
      const lines = lineFold.lines(month, currency);
      return {
        lines,
        total: totalOf(lines, currency),
        unrated: unrated.result(),
        held: held.result(),
        usageMonths: [...usageMonths],
      };
    },
  };
};
