import { formatMinor, parseMinor } from '../lib/billing/money.ts';
import type { Statement } from '../lib/billing/statement.ts';
import type { ClosedMonth } from '../lib/operations/close/close-months.ts';
import { listTable } from './list.ts';
import { bold, counted } from './output.ts';

/** A month that is closed, with its statements by project. */
interface ClosedStatements {
  readonly closed: ClosedMonth;
  readonly currency: string;
  readonly statements: readonly Statement[];
}

/** What is said where no ended month is open. */
export const NOTHING_TO_CLOSE = 'nothing to close';

const totalOf = ({ statements, currency }: Pick<ClosedStatements, 'statements' | 'currency'>): string =>
  formatMinor(
    statements.reduce((sum, { total }) => sum + parseMinor(total), 0n),
    currency,
  );

/** What the statement of a project leaves to a later one. */
const unbilledText = ({ unrated, held }: Statement): string =>
  [
    ...(unrated.count > 0 ? [`${unrated.count} unrated`] : []),
    ...(held.count > 0 ? [`${held.count} held`] : []),
  ].join(', ');

/** The amounts of a close, by project and in total. */
export const showClosed = (closed: ClosedStatements): string => {
  const { currency, statements } = closed;
  const { month, alreadyClosed, drafts = 0 } = closed.closed;
  const left =
    drafts > 0
      ? [`${counted(drafts, 'draft')} to decide on or held back: jobmeter statements drafts ${month}`]
      : [];
  const what = alreadyClosed
    ? `${month} was closed already`
    : drafts > 0
      ? `${month} is open`
      : `${month} closed`;
  if (statements.length === 0) return `${what}: ${left[0] ?? 'there was nothing to bill'}`;
  return [
    ...left,
    bold(`${what}: ${counted(statements.length, 'statement')}, total ${totalOf(closed)} ${currency}`),
    listTable(
      [
        { title: 'project', text: ({ projectId }) => projectId },
        { title: currency, align: 'right', text: ({ total }) => total },
        { title: 'charges not billed yet', text: unbilledText },
      ],
      statements,
    ),
  ].join('\n');
};

/** The same as JSON. `statements` counts those that this close issued; `amounts` has all. */
export const closedView = (closed: ClosedStatements) => ({
  ...closed.closed,
  total: totalOf(closed),
  currency: closed.currency,
  amounts: closed.statements.map(({ projectId, statementId, total, unrated, held }) => ({
    ...{ projectId, statementId, total, unrated: unrated.count, held: held.count },
  })),
});
