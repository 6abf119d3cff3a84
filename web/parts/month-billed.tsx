import type { ComponentChildren } from 'preact';
import type { Statement, StatementSummary } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName } from '../calendar.ts';
import { linkTo } from '../route.ts';
import { SETTLED_MS } from '../use-answer.ts';
import { Downloads, statementFiles } from './downloads.tsx';
import { MonthSum } from './month-sum.tsx';
import { MostExpensiveJob } from './most-expensive-job.tsx';
import { noStatement } from './statement-list.tsx';
import { Money, Time } from './text.tsx';

interface MonthBilledProps {
  readonly usage: Usage;
  /** That of the current month, once it is loaded. */
  readonly current: Usage | undefined;
  readonly zone: string;
  /**
   * The summary of the month's statement, which may be issued before the month is closed, and the whole
   * of it once it is loaded.
   */
  readonly summary: StatementSummary | undefined;
  readonly statement: Statement | undefined;
  /** What failed and interrupted jobs cost. */
  readonly unsuccessful: ComponentChildren;
}

const NotBilled = ({ usage: { billed, month } }: Pick<MonthBilledProps, 'usage'>) => (
  <p class="hint">
    {billed ? noStatement(month) : 'Not billed yet: the statement is issued when the month is closed.'}
  </p>
);

/** An ended month: what was billed, and what was credited or charged for it since. */
export const MonthBilled = (props: MonthBilledProps) => {
  const { usage, current, zone, summary, statement, unsuccessful } = props;
  const { projectId, month, currency } = usage;
  const name = monthName(month);
  return (
    <section class="card hero" aria-labelledby="total">
      <div>
        <h2 id="total">{usage.billed || summary ? `Billed for ${name}` : `Total of ${name}`}</h2>
        <p class="total" data-testid="total">
          <Money amount={summary?.total ?? usage.billed?.total ?? usage.total} currency={currency} />
        </p>
        {summary ? (
          <p class="hint">
            by the <a href={linkTo({ view: 'statement', projectId, month })}>statement of {name}</a>, issued
            on <Time at={summary.issuedAt} zone={zone} />
          </p>
        ) : (
          <NotBilled usage={usage} />
        )}
        {summary && <Downloads title="Download it" files={statementFiles(projectId, month)} />}
      </div>
      <div class="beside">
        {(summary === undefined || statement) && <MonthSum {...{ usage, current, statement }} />}
        <dl class="facts">
          {unsuccessful}
          <MostExpensiveJob usage={usage} freshMs={SETTLED_MS} />
        </dl>
      </div>
    </section>
  );
};
