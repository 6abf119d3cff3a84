import type { ComponentChildren } from 'preact';
import type { Statement } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName, nextMonth } from '../calendar.ts';
import { linkTo } from '../route.ts';
import { partsOf } from '../statement-lines.ts';
import { Money } from './text.tsx';

interface MonthSumProps {
  /** Of a closed month. */
  readonly usage: Usage;
  /** That of the current month, once it is loaded. */
  readonly current: Usage | undefined;
  /** The statement of the month, where it has one. */
  readonly statement: Statement | undefined;
}

const Row = ({
  amount,
  usage: { currency },
  id,
  isSum = false,
  children,
}: {
  readonly amount: string;
  readonly usage: Usage;
  readonly id?: string;
  readonly isSum?: boolean;
  readonly children: ComponentChildren;
}) => (
  <tr class={isSum ? 'sum' : undefined}>
    <th scope="row">{children}</th>
    <td class="number" data-testid={id}>
      <Money amount={amount} currency={currency} />
    </td>
  </tr>
);

const StatementLink = ({ projectId, month }: { readonly projectId: string; readonly month: string }) => (
  <a href={linkTo({ view: 'statement', projectId, month })}>statement of {monthName(month)}</a>
);

/** What the statement bills for its own month, and what it corrects of earlier ones. */
const Billed = ({ usage, statement }: { readonly usage: Usage; readonly statement: Statement }) => {
  const [own, corrections] = partsOf(statement.lines, statement.currency);
  if (!own || !corrections) return null;
  return (
    <>
      <Row amount={own.sum} usage={usage}>
        Usage billed
      </Row>
      {corrections.lines.length > 0 && (
        <>
          <Row amount={corrections.sum} usage={usage}>
            Corrections of earlier months
          </Row>
          <Row amount={statement.total} usage={usage} isSum>
            Total billed, by the <StatementLink {...usage} />
          </Row>
        </>
      )}
    </>
  );
};

/** The first month that is not closed, which has the corrections: it may be the one that just ended. */
const correctingMonth = ({ month, corrections, correctionsUnknown }: Usage): string =>
  corrections || correctionsUnknown !== undefined ? month : nextMonth(month, -1);

const NotBilledYet = ({ usage, current }: Omit<MonthSumProps, 'statement'>) => {
  const { projectId } = usage;
  const month = current && correctingMonth(current);
  const due = usage.billed?.due ?? '0';
  return (
    <Row amount={due} usage={usage} id="later">
      Not {due.startsWith('-') ? 'credited' : 'billed'} yet, on the next statement
      {month !== undefined && (
        <>
          : <a href={linkTo({ view: 'project', projectId, month })}>corrections in {monthName(month)}</a>
        </>
      )}
      <div class="hint">reported after the month was closed</div>
    </Row>
  );
};

/** How what was billed, and what was reported since, add up to the usage of a closed month. */
export const MonthSum = ({ usage, current, statement }: MonthSumProps) => {
  if (!usage.billed) return null;
  const later = usage.billed.statements.filter(({ kind }) => kind === 'correction');
  const isDue = Number(usage.billed.due) !== 0;
  const hasCorrections = statement?.lines.some(({ kind }) => kind === 'correction') ?? false;
  if (later.length === 0 && !isDue && !hasCorrections) return null;
  return (
    <table class="month-sum">
      <caption class="visually-hidden">What was billed, and the usage as known today</caption>
      <tbody>
        {statement && <Billed usage={usage} statement={statement} />}
        {later.map(({ month, amount }) => (
          <Row key={month} amount={amount} usage={usage} id="later">
            {amount.startsWith('-') ? 'Credited' : 'Charged'} since, by the{' '}
            <StatementLink projectId={usage.projectId} month={month} />
          </Row>
        ))}
        {isDue && <NotBilledYet usage={usage} current={current} />}
        <Row amount={usage.total} usage={usage} id="known" isSum>
          Usage of {monthName(usage.month)} as known today
          {hasCorrections && <div class="hint">without the corrections of earlier months</div>}
        </Row>
      </tbody>
    </table>
  );
};
