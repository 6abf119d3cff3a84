import type { CloseBudget, Operations } from '../../lib/shapes/operations.ts';
import { percentText, perMilleSpent } from '../budgets.ts';
import { count, grouped } from '../money.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money, Time } from './text.tsx';

const Row = ({ budget, zone }: { readonly budget: CloseBudget; readonly zone: string }) => {
  const { projectId, name, month, amount, spent, currency, asOf, nextCrossingAt } = budget;
  const perMille = perMilleSpent(budget);
  return (
    <tr>
      <th scope="row">
        <a class="id" href={linkTo({ view: 'project', projectId, month })}>
          {projectId}
        </a>{' '}
        <span class="muted id">{name}</span>
      </th>
      <NumberCell label="Share" isStrong>
        <span class={perMille >= 1000 ? 'tag danger' : ''}>{percentText(perMille)}</span>
      </NumberCell>
      <NumberCell label="Spent">
        {grouped(spent)} of <Money amount={amount} currency={currency} />
      </NumberCell>
      <td data-label="Next crossing">
        {nextCrossingAt === undefined ? (
          <span class="muted">–</span>
        ) : (
          <Time at={nextCrossingAt} zone={zone} />
        )}
      </td>
      <td data-label="Checked">
        <Time at={asOf} zone={zone} />
      </td>
    </tr>
  );
};

/** Budgets close to their limit or beyond it. */
export const StageBudgets = ({
  operations: {
    budgets: { count: all, more, budgets },
    timeZone,
  },
}: {
  readonly operations: Operations;
}) => (
  <Card id="close-budgets" title="Budgets close to their limit">
    {budgets.length === 0 ? (
      <p class="empty">No budget is at 80 %, and none will cross a threshold within a day.</p>
    ) : (
      <table class="stacking">
        <caption class="visually-hidden">Budgets close to their limit</caption>
        <thead>
          <tr>
            <th scope="col">Project and budget</th>
            <NumberHead>Share</NumberHead>
            <NumberHead>Spent</NumberHead>
            <th scope="col">Next crossing</th>
            <th scope="col">Checked</th>
          </tr>
        </thead>
        <tbody>
          {budgets.map((budget) => (
            <Row key={`${budget.projectId} ${budget.name} ${budget.month}`} budget={budget} zone={timeZone} />
          ))}
        </tbody>
      </table>
    )}
    {all > budgets.length && (
      <p class="hint">
        These are the {count(budgets.length)} with the largest share of {count(all)}
        {more && ' or more'}.
      </p>
    )}
  </Card>
);
