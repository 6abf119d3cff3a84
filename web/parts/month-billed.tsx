import type { ComponentChildren } from 'preact';
import type { Statement, StatementSummary } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName } from '../calendar.ts';
import { linkTo } from '../route.ts';
import { partsOf } from '../statement-lines.ts';
import { SETTLED_MS } from '../use-answer.ts';
import { Downloads, statementFiles } from './downloads.tsx';
import { Fact } from './fact.tsx';
import { MostExpensiveJob } from './most-expensive-job.tsx';
import { Money, Time } from './text.tsx';

interface MonthBilledProps {
  readonly usage: Usage;
  readonly zone: string;
  /** The summary of the month's statement, and the whole of it once it is loaded. */
  readonly summary: StatementSummary | undefined;
  readonly statement: Statement | undefined;
  /** What failed and interrupted jobs cost. */
  readonly unsuccessful: ComponentChildren;
}

/** What was billed for the usage of a month after its own statement. */
interface BilledLater {
  /** The month of the statement that has it. Absent for what is due on the next one. */
  readonly month?: string;
  readonly amount: string;
}

const billedLater = ({ billed }: Usage): BilledLater[] =>
  billed === undefined
    ? []
    : [
        ...billed.statements.filter(({ kind }) => kind === 'correction'),
        ...(Number(billed.due) === 0 ? [] : [{ amount: billed.due }]),
      ];

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

const NotBilled = ({ usage: { billed } }: Pick<MonthBilledProps, 'usage'>) => (
  <p class="hint">
    {billed
      ? 'The month was closed when there was nothing to bill.'
      : 'Not billed yet: the statement is issued when the month is closed.'}
  </p>
);

/** An ended month: what was billed, and what was credited or charged for it since. */
export const MonthBilled = ({ usage, zone, summary, statement, unsuccessful }: MonthBilledProps) => {
  const { projectId, month, currency } = usage;
  const name = monthName(month);
  return (
    <section class="card hero" aria-labelledby="total">
      <div>
        <h2 id="total">{usage.billed ? `Billed for ${name}` : `Total of ${name}`}</h2>
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
      <dl class="facts">
        {statement && <PartFacts statement={statement} />}
        {billedLater(usage).map((one) => (
          <LaterFact key={one.month ?? 'due'} usage={usage} later={one} />
        ))}
        {unsuccessful}
        <MostExpensiveJob usage={usage} freshMs={SETTLED_MS} />
      </dl>
    </section>
  );
};
