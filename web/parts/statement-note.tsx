import type { Statement, StatementSummary } from '../../lib/shapes/statement.ts';
import { monthName } from '../calendar.ts';
import { grouped } from '../money.ts';
import { linkTo } from '../route.ts';
import { partsOf } from '../statement-lines.ts';

/** Why the total of a statement differs from that of its month: it includes corrections. */
const CorrectionsIncluded = ({ statement }: { readonly statement: Statement }) => {
  const [own, corrections] = partsOf(statement.lines, statement.currency);
  if (!own || !corrections || corrections.lines.length === 0) return null;
  return (
    <>
      {' '}
      It is {grouped(own.sum)} for the month itself and {grouped(corrections.sum)} in corrections of earlier
      months.
    </>
  );
};

/** What the statement of an ended month bills, with a link to it. */
export const StatementNote = ({
  summary,
  statement,
  projectId,
  month,
}: {
  readonly summary: StatementSummary | undefined;
  /** Absent while it is loading. */
  readonly statement: Statement | undefined;
  readonly projectId: string;
  readonly month: string;
}) =>
  summary === undefined ? (
    <p class="callout">The month has no statement: it is not issued yet, or there was nothing to bill.</p>
  ) : (
    <p class="callout">
      <a href={linkTo({ view: 'statement', projectId, month })}>The statement of {monthName(month)}</a> bills{' '}
      {grouped(summary.total)} {summary.currency}.{statement && <CorrectionsIncluded statement={statement} />}
    </p>
  );
