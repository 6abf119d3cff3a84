import { createLineFold, type Position, totalOf } from '../billing/statement.ts';
import type { Attention, Stamp, Statement } from '../store/store.ts';
import { createDigest } from './digest.ts';
import { createShortList } from './short-list.ts';
import { stampView } from './views.ts';

const attentionOf = ({ jobId, usageMonth, start, minutes, flavor, held }: Position) => ({
  jobId,
  usageMonth,
  start,
  minutes,
  ...(flavor !== undefined && { flavor }),
  ...(held && { heldFrom: held.from }),
});

/** What a statement says of its positions: everything that follows from its stamps and those before. */
export type StatementContent = Pick<
  Statement,
  'lines' | 'total' | 'unrated' | 'held' | 'usageMonths' | 'digest'
>;

/** A project with nothing to say gets no statement: changes that cancel out ask for nothing. */
export const saysSomething = ({ lines, unrated, held }: StatementContent): boolean =>
  lines.length > 0 || unrated.count > 0 || held.count > 0;

/**
 * Adds up a statement from the positions of its project: when it is issued, and again whenever it is checked. Positions come by usage
 * month, job and start, the order in which they are read. Memory grows with line keys, not positions.
 */
export const createStatementFold = () => {
  const lineFold = createLineFold();
  const digest = createDigest();
  const unrated = createShortList<Attention['charges'][number]>();
  const held = createShortList<Attention['charges'][number]>();
  const usageMonths = new Set<string>();

  return {
    /** A position that earlier statements asked for and this one leaves as it is. */
    keep(position: Position) {
      lineFold.before(position);
      lineFold.after(position);
    },

    /** A position that this statement asks for, or asks for no more. */
    add(stamp: Stamp) {
      const { position, replaces, usageMonth } = stamp;
      if (replaces) lineFold.before(replaces);
      if (position) lineFold.after(position);
      if (position && position.pricePerHour === undefined) unrated.add(() => attentionOf(position));
      if (position?.held) held.add(() => attentionOf(position));
      usageMonths.add(usageMonth);
      digest.add(stampView(stamp));
    },

    result(month: string, currency: string): StatementContent {
      const lines = lineFold.lines(month, currency);
      return {
        lines,
        total: totalOf(lines, currency),
        unrated: unrated.result(),
        held: held.result(),
        usageMonths: [...usageMonths],
        digest: digest.result(),
      };
    },
  };
};
