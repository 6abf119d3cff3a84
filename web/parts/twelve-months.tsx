import type { Statements } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName, nextMonth } from '../calendar.ts';
import { grouped, wholeUnits } from '../money.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';

const MONTHS = 12;

const shortName = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'short' });

interface MonthCost {
  readonly month: string;
  /** Absent for a month that no statement bills. */
  readonly amount?: string;
  readonly isCurrent: boolean;
}

/** The bar of a month, a link to it. Its height is drawn only, so it may be inexact. */
const Bar = ({
  projectId,
  cost: { month, amount, isCurrent },
  highest,
  currency,
  isShown,
}: {
  readonly projectId: string;
  readonly cost: MonthCost;
  readonly highest: number;
  readonly currency: string;
  readonly isShown: boolean;
}) => {
  const part = amount === undefined || highest === 0 ? 0 : Math.max(0, Number(amount) / highest);
  const text = amount === undefined ? 'nothing billed' : `${grouped(amount)} ${currency}`;
  return (
    <li>
      <a
        href={linkTo({ view: 'project', projectId, month })}
        aria-current={isShown ? 'page' : undefined}
        title={`${monthName(month)}: ${text}${isCurrent ? ' so far' : ''}`}
      >
        <span class="month-bar">
          <span class={isCurrent ? 'live' : ''} style={{ height: `${(part * 100).toFixed(1)}%` }} />
        </span>
        <span class="visually-hidden">
          {monthName(month)}: {text}
          {isCurrent && ' so far'}
        </span>
        <span aria-hidden="true">{amount === undefined ? '–' : grouped(wholeUnits(amount))}</span>
        <span aria-hidden="true">{shortName.format(Date.parse(`${month}-01`))}</span>
      </a>
    </li>
  );
};

/** What the last twelve months were billed, and the current one so far: each a link. */
export const TwelveMonths = ({
  projectId,
  statements,
  current,
  shown,
}: {
  readonly projectId: string;
  readonly statements: Statements['statements'];
  /** The usage of the current month, once it is loaded. */
  readonly current: Usage | undefined;
  readonly shown: string;
}) => {
  if (statements.length === 0 || !current) return null;
  const { currency } = current;
  const costs = Array.from({ length: MONTHS }, (_, index): MonthCost => {
    const month = nextMonth(current.month, index - MONTHS + 1);
    const isCurrent = month === current.month;
    const amount = isCurrent ? current.total : statements.find((one) => one.month === month)?.total;
    return { month, isCurrent, ...(amount !== undefined && { amount }) };
  });
  const highest = Math.max(...costs.map(({ amount = '0' }) => Number(amount)));
  return (
    <Card id="months" title={`Twelve months, ${currency}`}>
      <ol class="months">
        {costs.map((cost) => (
          <Bar
            key={cost.month}
            projectId={projectId}
            cost={cost}
            highest={highest}
            currency={currency}
            isShown={cost.month === shown}
          />
        ))}
      </ol>
      <p class="hint">
        What each statement billed, and the current month so far, in whole {currency}.
        <span class="screen-only"> Choose a month to see it.</span>
      </p>
    </Card>
  );
};
