import type { ComponentChildren } from 'preact';
import type { Statement, StatementSummary } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { type BilledLater, billedLater } from '../month-changes.ts';
import { linkTo } from '../route.ts';
import { partsOf } from '../statement-lines.ts';
import { readOnce, SETTLED_MS, useAnswer } from '../use-answer.ts';
import { Downloads, statementFiles } from './downloads.tsx';
import { Fact } from './fact.tsx';
import { MostExpensiveJob } from './most-expensive-job.tsx';
import { Money, Time } from './text.tsx';

interface MonthBilledProps {
  readonly usage: Usage;
  readonly zone: string;
  /** All statements of the project. */
  readonly statements: readonly StatementSummary[];
  /** The summary of the month's own one, and the whole of it once it is loaded. */
  readonly summary: StatementSummary | undefined;
  readonly statement: Statement | undefined;
  /** What failed and interrupted jobs cost. */
  readonly unsuccessful: ComponentChildren;
}

/** The statements issued for later months; read only where they may have something of this one. */
const useLaterStatements = (
  { projectId, month }: Usage,
  statements: readonly StatementSummary[],
  isNeeded: boolean,
) => {
  const later = statements.filter((summary) => summary.month > month).map((summary) => summary.month);
  const key = later.map((other) => paths.statement(projectId, other)).join(' ');
  const answer = useAnswer(isNeeded ? key : undefined, (api, signal) =>
    Promise.all(later.map((other) => readOnce<Statement>(api, paths.statement(projectId, other), signal))),
  );
  return answer.state === 'ready' ? answer.value : undefined;
};

const LaterFact = ({
  usage,
  later: { month, amount },
}: {
  readonly usage: Usage;
  readonly later: BilledLater;
}) => {
  const isCredit = amount.startsWith('-');
  const name =
    month === undefined
      ? isCredit
        ? 'Credit due'
        : 'Still due'
      : isCredit
        ? 'Credited since'
        : 'Charged since';
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure" data-testid="later">
        <Money amount={amount} currency={usage.currency} />
      </dd>
      <dd class="hint">
        {month === undefined ? (
          <>
            by what was reported after the statement; the next one will have it, with all{' '}
            <a href={linkTo({ view: 'project', projectId: usage.projectId })}>corrections so far</a>
          </>
        ) : (
          <>
            on the{' '}
            <a href={linkTo({ view: 'statement', projectId: usage.projectId, month })}>
              statement of {monthName(month)}
            </a>
          </>
        )}
      </dd>
    </div>
  );
};

/** What the statement bills for its own month, and what it corrects of earlier ones. */
const PartFacts = ({ statement }: { readonly statement: Statement }) => {
  const [own, corrections] = partsOf(statement.lines, statement.currency);
  if (!own || !corrections || corrections.lines.length === 0) return null;
  return (
    <>
      <Fact class="figure" name={`For ${monthName(statement.month)} itself`}>
        <Money amount={own.sum} currency={statement.currency} />
      </Fact>
      <Fact class="figure" name="Corrections of earlier months">
        <Money amount={corrections.sum} currency={statement.currency} />
      </Fact>
    </>
  );
};

const NotBilled = ({ usage, statements }: Pick<MonthBilledProps, 'usage' | 'statements'>) => (
  <p class="hint">
    {statements.some(({ month }) => month > usage.month)
      ? 'The month is closed, and its statement had nothing to bill.'
      : 'Not billed yet: the statement is issued when the month is closed.'}
  </p>
);

/** An ended month: what was billed, and what was credited or charged for it since. */
export const MonthBilled = ({
  usage,
  zone,
  statements,
  summary,
  statement,
  unsuccessful,
}: MonthBilledProps) => {
  const { projectId, month, currency } = usage;
  const isClosed = statements.some((other) => other.month >= month);
  const isLoaded = isClosed && (summary === undefined || statement !== undefined);
  const later = useLaterStatements(
    usage,
    statements,
    isLoaded && billedLater(usage, statement, []).length > 0,
  );
  const name = monthName(month);
  return (
    <section class="card hero" aria-labelledby="total">
      <div>
        <h2 id="total">{summary ? `Billed for ${name}` : `Total of ${name}`}</h2>
        <p class="total" data-testid="total">
          <Money amount={summary?.total ?? usage.total} currency={currency} />
        </p>
        {summary ? (
          <p class="hint">
            by the <a href={linkTo({ view: 'statement', projectId, month })}>statement of {name}</a>, issued
            on <Time at={summary.issuedAt} zone={zone} />
          </p>
        ) : (
          <NotBilled usage={usage} statements={statements} />
        )}
        {summary && <Downloads title="Download it" files={statementFiles(projectId, month)} />}
      </div>
      <dl class="facts">
        {statement && <PartFacts statement={statement} />}
        {isLoaded &&
          later &&
          billedLater(usage, statement, later).map((one) => (
            <LaterFact key={one.month ?? 'due'} usage={usage} later={one} />
          ))}
        {unsuccessful}
        <MostExpensiveJob usage={usage} freshMs={SETTLED_MS} />
      </dl>
    </section>
  );
};
