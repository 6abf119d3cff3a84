import type { Statement } from '../../lib/shapes/statement.ts';
import { monthName } from '../calendar.ts';
import { Fact } from './fact.tsx';
import { StatementTable } from './statement-table.tsx';
import { Money, Time } from './text.tsx';
import { NotOnStatement } from './unbilled-charges.tsx';

/** A statement as it is printed: what it is of, its lines, and its digest. */
export const StatementDocument = ({
  statement,
  zone,
}: {
  readonly statement: Statement;
  readonly zone: string;
}) => {
  const { approvedBy } = statement;
  return (
    <section class="card paper" aria-label="Statement">
      <dl class="facts">
        <Fact name="Project" class="id">
          {statement.projectId}
        </Fact>
        <Fact name="Month">
          {monthName(statement.month)} <span class="muted">({zone})</span>
        </Fact>
        <Fact name="Issued">
          <Time at={statement.issuedAt} zone={zone} /> <span class="muted">({zone})</span>
        </Fact>
        {approvedBy && (
          <Fact name="Approved by" class="id">
            {approvedBy.id}{' '}
            <span class="muted">
              on <Time at={approvedBy.at} zone={zone} />
            </span>
          </Fact>
        )}
        <Fact name="Total" class="figure">
          <Money amount={statement.total} currency={statement.currency} />
        </Fact>
      </dl>
      <StatementTable statement={statement} />
      <NotOnStatement statement={statement} />
      <dl class="proof">
        <Fact name="Statement">
          <code>{statement.statementId}</code>
        </Fact>
        <Fact name="Digest of its charges">
          <code>{statement.digest}</code>
        </Fact>
      </dl>
    </section>
  );
};
